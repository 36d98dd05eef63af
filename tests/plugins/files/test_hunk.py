"""Hunks find their place by their lines, and change no others."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_files.hunk import HunkFailed, apply_hunks
from pegboard_files.patch import parse_patch

words = st.sampled_from(["a", "b", "c", "", "  d", "x y"])
texts = st.lists(words, max_size=30)


def applied(text, body, name="f"):
    (change,) = parse_patch(f"--- a/{name}\n+++ b/{name}\n{body}")
    return apply_hunks(text, change.hunks)


@given(texts, texts, st.sampled_from(["\n", "\r\n"]))
def test_what_difflib_writes_leads_from_one_text_to_the_other_whatever_the_line_ends(before, after, end):
    body = "".join(f"{row}\n" for row in list(difflib.unified_diff(before, after, lineterm=""))[2:])
    if before != after:
        assert applied("".join(f"{row}{end}" for row in before), body) == (
            "".join(f"{row}{end if before else chr(10)}" for row in after)
        )


@given(
    st.lists(st.sampled_from([f"line {n}" for n in range(9)]), unique=True, min_size=3, max_size=9), st.integers(0, 40)
)
def test_a_hunk_is_found_although_lines_came_before_it(rows, moved):
    text = "".join(f"new {n}\n" for n in range(moved)) + "".join(f"{row}\n" for row in rows)
    body = f"@@ -1,2 +1,2 @@\n {rows[0]}\n-{rows[1]}\n+changed\n"
    assert applied(text, body) == text.replace(f"{rows[1]}\n", "changed\n")


def test_equal_places_are_told_apart_by_the_heading_or_refused():
    text = "x\ny\n" * 3
    assert applied(text, "@@ -3,2 +3,2 @@\n x\n-y\n+z\n") == "x\ny\nx\nz\nx\ny\n"
    (change,) = parse_patch("*** Begin Patch\n*** Update File: f\n x\n-y\n+z\n*** End Patch")
    with pytest.raises(HunkFailed, match="lines 1, 3, 5"):
        apply_hunks(text, change.hunks)


def test_the_envelope_says_below_what_a_hunk_stands():
    text = "def a():\n    pass\ndef b():\n    pass\n"
    (change,) = parse_patch("*** Begin Patch\n*** Update File: f\n@@ def b():\n-    pass\n+    return 1\n*** End Patch")
    assert apply_hunks(text, change.hunks) == "def a():\n    pass\ndef b():\n    return 1\n"


def test_white_space_that_the_patch_got_wrong_stays_as_the_file_has_it():
    assert applied("if x:  \n\ty\n", "@@ -1,2 +1,2 @@\n if x:\n-    y\n+\tz\n") == "if x:  \n\tz\n"


def test_a_missing_last_newline_is_kept_given_or_taken_as_the_patch_says():
    assert applied("a\nb", "@@ -1,2 +1,2 @@\n-a\n+A\n b\n") == "A\nb"
    assert applied("a\nb", "@@ -2 +2 @@\n-b\n\\ No newline at end of file\n+b\n") == "a\nb\n"
    assert applied("a\nb\n", "@@ -2 +2 @@\n-b\n+b\n\\ No newline at end of file\n") == "a\nb"


def test_mixed_line_ends_stay_and_new_lines_follow_their_neighbour():
    assert applied("a\r\nb\nc\r\n", "@@ -1,3 +1,4 @@\n a\n b\n+n\n c\n") == "a\r\nb\nn\nc\r\n"


def test_a_hunk_that_fits_nowhere_shows_what_is_closest():
    with pytest.raises(HunkFailed, match="hunk 1 of 1 fits nowhere; closest are lines 2-3"):
        applied("one\ntwo\nthree\n", "@@ -2,2 +2,2 @@\n two\n-thee\n+x\n")
