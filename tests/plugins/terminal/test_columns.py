"""What commands say in columns stays in its columns, however narrow the screen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_terminal.columns import LEAST_ABOUT, laid_out

LINES = [
    "the session:",
    "  /undo [N]        Take back what the last prompts changed in files.",
    "  /permissions [allow RULE SCOPE|forget RULE]  Show and edit the rules in force.",
    "  /quit            Leave.",
]


def test_rows_are_aligned_and_folded_below_their_own_column() -> None:
    assert laid_out(LINES, 50).split("\n") == [
        "the session:",
        "  /undo [N]  Take back what the last prompts",
        "             changed in files.",
        "  /permissions [allow RULE SCOPE|forget RULE]",
        "             Show and edit the rules in force.",
        "  /quit      Leave.",
    ]


def test_with_little_room_descriptions_stand_below() -> None:
    assert laid_out(LINES[3:], 22).split("\n") == ["  /quit", "      Leave."]


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")), st.integers(1, 200)
)
def test_no_word_is_lost(text: str, width: int) -> None:
    lines = text.split("\n")
    assert "".join(laid_out(lines, width).split()) == "".join(text.split())


@pytest.mark.parametrize("width", [40, 80])
def test_no_folded_row_is_wider_than_the_screen(width: int) -> None:
    wide = [line for line in laid_out(LINES[1:], width).split("\n") if len(line) > width]
    assert all(line.lstrip().startswith("/permissions") for line in wide)
    assert width > LEAST_ABOUT
