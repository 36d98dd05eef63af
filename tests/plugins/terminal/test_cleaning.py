"""Foreign text never holds what a terminal obeys, and stays readable."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pegboard_terminal.cleaning import clean, guarded, of_program, one_line

HIDDEN = {"Cc", "Cf", "Cs", "Co"}


def commands_in(text: str) -> list[str]:
    return [letter for letter in text if unicodedata.category(letter) in HIDDEN and letter != "\n"]


@given(st.text())
def test_no_control_and_no_hidden_character_is_left(text: str) -> None:
    assert commands_in(clean(text)) == []
    assert commands_in(of_program(text)) == []
    assert commands_in(guarded(text)) == []
    assert "\n" not in one_line(text, 40)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_plain_text_stays_what_it_is(text: str) -> None:
    assert clean(text) == text


@given(st.text(), st.integers(1, 100))
def test_one_line_is_not_longer_than_it_may_be(text: str, width: int) -> None:
    assert cell_len(one_line(text, width)) <= width


def test_sequences_of_programs_are_left_out_and_lines_overwritten() -> None:
    assert of_program("\x1b[32mok\x1b[0m\n10 %\r100 %\r\n\x1b]0;title\x07done") == "ok\n100 %\ndone"


def test_what_is_not_a_sequence_is_shown_as_an_escape() -> None:
    assert clean("a\x1b[31mb\u202ec") == "a\\x1b[31mb\\u202ec"


def test_marks_do_not_pile_up() -> None:
    assert clean("e" + "\u0301" * 50) == "e" + "\u0301" * 3
