"""A shown diff taken back gives the text from before, to the byte, or is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.replaying.reversing import NOTHING, Unfit, changes, taken_back
from pegboard_sdk.diff import diff

TEXTS = st.lists(
    st.sampled_from(["a", "b", "--- x", "+++ y", "@@ -1 +1 @@", "[3 more lines]", " \r", "\x0c", ""])
).flatmap(lambda lines: st.sampled_from(["\n".join(lines), "\n".join([*lines, ""])]))


@given(TEXTS, TEXTS)
def test_what_a_diff_did_is_taken_back_to_the_byte(before, after):
    shown = diff(before, after, old="x", new="x").text
    assert [taken_back(after, one) for one in changes(f"words before\n{shown}")] == (
        [before] if before != after else []
    )


@given(TEXTS, TEXTS, TEXTS)
def test_another_text_is_refused_or_the_change_is_in_it(before, after, other):
    for one in changes(diff(before, after, old="x", new="x").text):
        try:
            taken = taken_back(other, one)
        except Unfit:
            continue
        assert all("".join(hunk.before) in taken for hunk in one.hunks)


def test_a_diff_that_was_shortened_is_refused():
    after = "".join(f"{number}\n" for number in range(900))
    (one,) = changes(diff("", after, old=NOTHING, new="x").text)
    with pytest.raises(Unfit, match="does not show all"):
        taken_back(after, one)


def test_several_files_in_one_text_are_several_changes():
    shown = diff("a\n", "b\n", old="x", new="x").text + diff("", "c\n", old=NOTHING, new="y").text
    assert [(one.old, one.new) for one in changes(f"{shown}undo kept both\n")] == [("x", "x"), (NOTHING, "y")]


@given(st.text())
def test_any_text_may_come(text):
    for one in changes(f"--- a\n+++ b\n@@ -1,2 +1,2 @@\n{text}"):
        with suppress(Unfit):
            assert isinstance(taken_back(text, one), str)
