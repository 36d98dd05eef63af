"""Server-sent events, cut anywhere."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.http.events import Event, EventStream, NotEvents

STREAM = (
    b': hello\r\ndata: {"a": 1}\r\n\r\nevent: error\ndata:no space\n\n'
    b"data: one\ndata: two\nid: 4\nretry: 10\n\n\ndata: [DONE]\n\n"
)
EVENTS = [
    Event(b"", b'{"a": 1}'),
    Event(b"error", b"no space"),
    Event(b"", b"one\ntwo"),
    Event(b"", b"[DONE]"),
]


def events_of(pieces):
    stream = EventStream()
    return [event for piece in pieces for event in stream.feed(piece)] + list(stream.finish())


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_the_events_are_the_same_however_the_bytes_are_cut(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    assert events_of(STREAM[a:b] for a, b in pairwise(edges)) == EVENTS


def test_an_event_without_its_last_empty_line_counts_at_the_end():
    assert events_of([b"data: x\ndata: y"]) == [Event(b"", b"x\ny")]


def test_a_field_of_its_own_says_that_llama_cpp_failed():
    assert events_of([b'error: {"message": "full"}\n\n']) == [Event(b"error", b' {"message": "full"}')]


@pytest.mark.parametrize("line", [b"<html>\n", b"Bad gateway\n", b'{"a": 1}\n'])
def test_what_is_no_event_stream_is_quoted(line):
    with pytest.raises(NotEvents) as caught:
        events_of([line])
    assert line.decode().strip()[:5] in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_give_events_or_the_named_error(data):
    try:
        events = events_of([data])
    except NotEvents:
        return
    assert all(isinstance(event, Event) for event in events)
