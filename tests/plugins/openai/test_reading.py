"""Bodies of answers, also those that break off or are none."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_openai.chat.answer import Answer
from pegboard_openai.reading import Reading, merged
from pegboard_sdk import Delta, PegboardError, RateLimited, Text, Upstream


class Bytes:
    """A body in memory; an error in it is raised where it stands."""

    def __init__(self, *pieces):
        self.pieces = list(pieces)
        self.is_whole = False

    def read(self):
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        return piece

    def rest(self, limit):
        data, self.pieces = b"".join(self.pieces), []
        return data


def read(*pieces):
    answer, told = Answer(model="m"), []
    body = Bytes(*pieces)
    Reading(answer, told.append, url="http://x", model="m").read(body)
    return answer.message(), told, body


def event(content=None, finish=None, **more):
    delta = {"content": content} if content else {}
    value = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
    return b"data: " + json.dumps(value).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def test_deltas_that_arrive_together_go_out_together():
    message, told, body = read(event("a") + event("b"), event("c"), event(finish="stop") + DONE + b"ignored")
    assert [delta.text for delta in told] == ["ab", "c"]
    assert message.parts == (Text(text="abc"),)
    assert body.is_whole


@given(st.lists(st.integers(0, 400), max_size=10))
def test_the_message_is_the_same_however_the_bytes_are_cut(cuts):
    data = event("eins ") + event("zwei ü") + event(finish="stop") + event(usage={"prompt_tokens": 3}) + DONE
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges) if a < b]
    assert read(*pieces)[0] == read(data)[0]


def test_a_stream_may_end_without_done_once_it_gave_a_reason():
    assert read(event("a"), event(finish="stop"))[0].parts == (Text(text="a"),)


def test_one_json_document_is_an_answer_too():
    whole = {"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}
    data = json.dumps(whole, indent=1).encode()
    message, told, _ = read(b"\n ", b"\n" + data[:9], data[9:])
    assert message.parts == (Text(text="hi"),)
    assert [delta.text for delta in told] == ["hi"]


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


@pytest.mark.parametrize("data", [b"<html>x</html>\n", b"data: {bad\n\n", b'data: {"choices": 7}\n\n', b"{bad", b"{}"])
def test_what_is_no_answer_is_quoted_and_not_repeated(data):
    error = failure(data)
    assert type(error) is Upstream
    assert error.retry_ms is None
    assert "http://x" in error.message


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'data: {"error": {"message": "boom", "code": 429}}\n\n', RateLimited),
        (b'event: error\ndata: {"message": "boom"}\n\n', Upstream),
        (b"event: error\ndata: {}\n\n", Upstream),
        (event(finish="error"), Upstream),
    ],
)
def test_a_fault_that_the_server_reports_is_raised_after_what_it_said(data, kind):
    answer, told = Answer(model="m"), []
    with pytest.raises(kind) as caught:
        Reading(answer, told.append, url="http://x", model="m").read(Bytes(event("ab") + data))
    assert [delta.text for delta in told] == ["ab"]
    assert caught.value.retry_ms is None
    assert "2 characters" in caught.value.message


deltas = st.builds(
    Delta, stream=st.sampled_from(["text", "arguments"]), text=st.text(max_size=3), call=st.sampled_from("ab")
)


@given(st.lists(deltas))
def test_merging_keeps_order_and_text(given_deltas):
    out = merged(given_deltas)
    assert "".join(delta.text for delta in out) == "".join(delta.text for delta in given_deltas)
    assert all((a.stream, a.call) != (b.stream, b.call) for a, b in pairwise(out))
