"""Bodies of answers, also those that break off or are none."""

import json
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lined import Bytes

from pegboard_sdk import CallCancelled, Delta, InvalidParams, PegboardError, Upstream
from pegboard_sdk.http import Fault, Reading, Reported
from pegboard_sdk.http.reading import merged


class Words:
    """An answer of words: `{"say": ..., "end": ..., "last": ..., "error": ...}`, or one document of the same."""

    def __init__(self):
        self.words = []
        self.is_done = self.has_ended = False

    @property
    def received(self):
        return len("".join(self.words))

    def read(self, data, name=b""):
        event = msgspec.json.decode(data, type=dict[str, str | bool])
        if name == b"error" or "error" in event:
            raise Reported(Fault(message=str(event.get("error"))))
        said = str(event.get("say", ""))
        self.words.append(said)
        self.has_ended, self.is_done = self.has_ended or "end" in event, "last" in event
        return [Delta(stream="text", text=said)] if said else []


def reported(fault):
    wrong = fault.message == "wrong"
    return InvalidParams("wrong") if wrong else Upstream(f"broke off: {fault.message}", retry_ms=0)


def read(*pieces, answer=None):
    answer, told = answer or Words(), []
    body = Bytes(*pieces)
    try:
        Reading(answer, told.append, reported, url="http://x").read(body)
    except PegboardError as error:
        error.told = [delta.text for delta in told]
        raise
    return "".join(answer.words), [delta.text for delta in told], body


def event(say="", **more):
    return b"data: " + json.dumps({"say": say, **more}).encode() + b"\n\n"


END = event(end=True)
LAST = event(last=True)


def test_deltas_that_arrive_together_go_out_together():
    message, told, body = read(event("a") + event("b"), event("c"), END + LAST + b"ignored")
    assert told == ["ab", "c"]
    assert message == "abc"
    assert body.is_whole


@given(st.lists(st.integers(0, 400), max_size=10))
def test_the_message_is_the_same_however_the_bytes_are_cut(cuts):
    data = event("eins ") + event("zwei ü") + END + event() + LAST
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges) if a < b]
    assert read(*pieces)[0] == read(data)[0]


def test_a_stream_may_end_without_its_last_event_once_it_gave_a_reason():
    assert read(event("a"), END)[0] == "a"


def test_a_connection_that_breaks_once_the_answer_gave_a_reason_loses_nothing():
    assert read(event("a") + END, Upstream("http://x: reset", retry_ms=0))[:2] == ("a", ["a"])
    cancelled = failure(event("a") + END, CallCancelled("enough"))
    assert type(cancelled) is CallCancelled


def test_one_json_document_is_an_answer_too():
    data = json.dumps({"say": "hi", "end": True}, indent=1).encode()
    message, told, _ = read(b"\n ", b"\n" + data[:9], data[9:])
    assert message == "hi"
    assert told == ["hi"]


def failure(*pieces):
    with pytest.raises(PegboardError) as caught:
        read(*pieces)
    return caught.value


def test_a_stream_that_breaks_off_may_be_repeated_only_before_anything_was_said():
    assert failure(b": comment\n\n").retry_ms == 0
    late = failure(event("hello"))
    assert late.retry_ms is None
    assert "the 5 characters of the answer so far are lost" in late.message
    broken = failure(event("hello"), Upstream("http://x: reset", retry_ms=0))
    assert broken.retry_ms is None
    assert "reset; the 5 characters" in broken.message
    assert failure(Upstream("reset", retry_ms=0)).retry_ms == 0


@pytest.mark.parametrize(
    "data", [b"<html>x</html>\n", b"Bad gateway\n", b"data: {bad\n\n", b'data: {"say": {}}\n\n', b"{bad", b"{}", b"[]"]
)
def test_what_is_no_answer_is_quoted_and_not_repeated(data):
    error = failure(data)
    assert type(error) is Upstream
    assert error.retry_ms is None
    assert "http://x" in error.message


def test_a_web_page_in_place_of_an_answer_says_what_may_be_wrong():
    assert "a web page, not an answer; is base_url right" in failure(b" <html>Sign in</html>").message


@pytest.mark.parametrize("data", [event(error="boom"), b"event: error\ndata: {}\n\n", b"error: {}\n\n"])
def test_a_fault_that_the_server_reports_is_raised_after_what_it_said(data):
    error = failure(event("ab") + data)
    assert error.told == ["ab"]
    assert error.retry_ms is None
    assert error.message.startswith("broke off: ")
    assert "2 characters" in error.message
    assert failure(data).retry_ms == 0


def test_an_error_of_any_kind_says_what_is_lost_and_a_cancel_stays_one():
    assert type(failure(event("ab"), event(error="wrong"))) is InvalidParams
    assert "2 characters" in failure(event("ab"), event(error="wrong")).message
    cancelled = failure(event("ab"), CallCancelled("enough"))
    assert (type(cancelled), cancelled.message) == (CallCancelled, "enough")


def test_what_an_answer_that_goes_on_had_before_was_told_too():
    answer = Words()
    read(event("ab"), END, answer=answer)
    answer.has_ended = False
    with pytest.raises(Upstream, match="the 2 characters of the answer so far are lost") as caught:
        read(b": nothing\n\n", answer=answer)
    assert caught.value.retry_ms is None


deltas = st.builds(
    Delta, stream=st.sampled_from(["text", "arguments"]), text=st.text(max_size=3), call=st.sampled_from("ab")
)


@given(st.lists(deltas))
def test_merging_keeps_order_and_text(given_deltas):
    out = merged(given_deltas)
    assert "".join(delta.text for delta in out) == "".join(delta.text for delta in given_deltas)
    assert all((a.stream, a.call) != (b.stream, b.call) for a, b in pairwise(out))
