"""Bytes of commands as text: decoded, without terminal control, whatever the borders of the pieces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_shell.screen import MAX_HELD, Screen

PIECES = st.sampled_from(
    [b"a", b"\n", b"\r", b"\r\n", b"\x1b[31m", b"\x1b]0;t\x07", "é€😀".encode(), b"\xff", b"\x1b", b"["]
)


def shown(*pieces: bytes) -> str:
    screen = Screen()
    return "".join([*(screen.feed(piece) for piece in pieces), screen.flush(final=True)])


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain\n", "plain\n"),
        (b"no newline", "no newline"),
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"10%\r20%\r30%\ndone\n", "30%\ndone\n"),
        (b"10%\r20%", "20%"),
        (b"\x1b[1;31mred\x1b[0m\n", "red\n"),
        (b"\x1b]0;title\x07text\x1b]8;;http://x\x1b\\link\n", "textlink\n"),
        (b"\x1b(Bx\x1b=y\x1b7\n", "xy\n"),
        (b"bell\x07 back\x08\x00\n", "bell back\n"),
        (b"\xff\xfe\n", "��\n"),
        ("é€😀\n".encode(), "é€😀\n"),
        (b"tab\there\n", "tab\there\n"),
        (b"\x1b[31", "[31"),
        (b"", ""),
    ],
)
def test_output_reads_as_a_person_would_see_it(data: bytes, text: str) -> None:
    assert shown(data) == text


@given(st.lists(PIECES, max_size=30), st.lists(st.integers(0, 200), max_size=8))
def test_the_borders_of_the_pieces_do_not_matter(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    borders = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(borders)]
    assert shown(*pieces) == shown(data)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=200))
def test_plain_text_is_left_alone(text: str) -> None:
    assert shown(text.encode()) == text


def test_an_unfinished_line_is_shown_when_nothing_follows() -> None:
    screen = Screen()
    assert screen.feed(b"working...") == ""
    assert screen.flush() == "working..."
    assert screen.feed(b" done\n") == " done\n"


def test_an_escape_cut_by_a_flush_is_still_no_text() -> None:
    screen = Screen()
    assert screen.feed(b"a\x1b[3") + screen.flush() == "a"
    assert screen.feed(b"1mb\n") == "b\n"


def test_a_line_without_end_does_not_pile_up() -> None:
    screen = Screen()
    shown = sum(len(screen.feed(b"x" * 4096)) for _ in range(100))
    assert shown >= 100 * 4096 - MAX_HELD
