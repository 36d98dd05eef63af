"""A plugin's standard error, however much of it there is."""

from hypothesis import given
from hypothesis import strategies as st

from pegboard.stderr import BURST_BYTES, KEPT_BYTES, LAST_CHARACTERS, StderrTail


def test_lines_are_passed_on_with_their_level():
    tail = StderrTail()
    assert tail.feed(b"<3>it broke\nplain", 0) == [(3, "it broke")]
    assert tail.feed(b" line\n", 0) == [(6, "plain line")]


def test_a_flood_is_dropped_and_counted_and_lines_pass_again_later():
    tail = StderrTail()
    passed = [line for _ in range(100) for line in tail.feed(b"x" * 1023 + b"\n", 0)]
    assert sum(len(text) for _, text in passed) <= BURST_BYTES
    later = tail.feed(b"after\n", 60)
    assert later[0] == (6, "after")
    assert "were dropped" in later[1][1]


def test_last_words_hold_nothing_that_a_terminal_obeys():
    tail = StderrTail()
    tail.feed(b"first\n\x1b[31mred\x1b[0m\x07\n\x1b]0;title\x07last\n\xff\n", 0)
    assert tail.last_words() == "first\nred\nlast\n\ufffd"


@given(st.lists(st.binary(max_size=3000), max_size=60))
def test_memory_is_bounded_and_nothing_raises(chunks: list[bytes]):
    tail = StderrTail()
    for at, chunk in enumerate(chunks):
        tail.feed(chunk * 20, float(at))
        assert len(tail._kept) <= KEPT_BYTES
    assert len(tail.last_words()) <= LAST_CHARACTERS
