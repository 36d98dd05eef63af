"""Diffs for people are right, and bounded."""

from hypothesis import given
from hypothesis import strategies as st

from pegboard_files.hunk import apply_hunks
from pegboard_files.patch import parse_patch
from pegboard_sdk.diff import COMPARED_LINES, SHOWN_LINES, diff

texts = st.builds(
    lambda rows, end: "\n".join(rows) + (end if rows else ""),
    st.lists(st.sampled_from(["a", "b", "c", "", "d"]), max_size=25),
    st.sampled_from(["", "\n"]),
)


@given(texts, texts)
def test_a_diff_applied_as_a_patch_leads_to_the_new_text(before, after):
    found = diff(before, after, old="f", new="f")
    if before == after:
        assert found.text == ""
    else:
        (change,) = parse_patch(found.text)
        assert apply_hunks(before, change.hunks) == after


def test_a_very_large_change_is_counted_and_not_compared():
    rows = COMPARED_LINES + 1
    found = diff("a\n" * rows, "b\n" * rows, old="f", new="f")
    assert (found.added, found.removed) == (rows, rows)
    assert len(found.text) < 100


def test_a_small_change_in_a_very_large_file_is_shown():
    rows = "".join(f"{n}\n" for n in range(200_000))
    found = diff(rows, rows.replace("\n100000\n", "\nX\n"), old="f", new="f")
    assert "-100000\n+X\n" in found.text
    assert "@@ -99998,7 +99998,7 @@" in found.text


def test_a_long_diff_is_cut():
    found = diff("", "x\n" * 3000, old="/dev/null", new="f")
    assert found.text.count("\n") < SHOWN_LINES + 5
    assert found.added == 3000
