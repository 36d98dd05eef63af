"""Every ending in every dialect: what the transcript gets, or what the error says. The README has this table."""

import json
from functools import partial

import pytest
from lined import Bytes
from messages_api.turn import Call, Turn, fault, lines_of, whole_message

from pegboard_anthropic.answer import Answer
from pegboard_anthropic.faults import reported
from pegboard_sdk import (
    Delta,
    Finish,
    InvalidParams,
    RateLimited,
    Reasoning,
    Text,
    TooLarge,
    ToolCall,
    Unauthenticated,
    Upstream,
)
from pegboard_sdk.http import Reading

USAGE = {
    "input_tokens": 10, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 30, "output_tokens": 40,
    "output_tokens_details": {"thinking_tokens": 5},
}  # fmt: skip
WORDS = "a word, " * 12
JUDGE = partial(reported, url="http://server", model="m")


def documented(turn):
    """Events as the API's documentation shows them."""
    return list(lines_of(turn, 1, "m", USAGE))


def trickled(turn):
    """Every byte by itself."""
    return [bytes([byte]) for byte in b"".join(documented(turn))]


def lumped(turn):
    """All in one piece, with the line ends of another platform."""
    return [b"".join(documented(turn)).replace(b"\n", b"\r\n")]


def nameless(turn):
    """Events without names, as some servers that speak the language send them."""
    return [b"data:" + line.partition(b"data:")[2] for line in documented(turn)]


def document(turn):
    """One document where a stream was due."""
    return [json.dumps(whole_message(turn, 1, "m", USAGE)).encode()]


STREAMS = (documented, trickled, lumped, nameless)
DIALECTS = (*STREAMS, document)


def read(pieces, answer=None):
    told: list[Delta] = []
    answer = answer or Answer(model="m")
    try:
        Reading(answer, told.append, JUDGE, url="http://server").read(Bytes(*pieces))
    except Exception as error:
        error.told = "".join(delta.text for delta in told)
        raise
    return answer, told


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("something_new", Finish.STOP),
    ],
)
def test_an_answer_of_words_ends_as_the_server_says(dialect, stop, finish):
    answer, told = read(dialect(Turn(text=WORDS, stop=stop)))
    assert answer.message().parts == (Text(text=WORDS),)
    assert answer.message().finish is finish
    assert "".join(delta.text for delta in told) == WORDS


@pytest.mark.parametrize("dialect", DIALECTS)
def test_calls_keep_their_place_and_their_arguments(dialect):
    calls = [Call("bash", {"command": "ls", "n": [1, 2.5, None]}), Call("read_file", {}, id="other")]
    answer, told = read(dialect(Turn(thinking="Hm.", redacted="cmVk", text=WORDS, calls=calls)))
    thought, hidden, text, first, second = answer.message().parts
    assert isinstance(thought, Reasoning)
    assert thought.text == "Hm."
    assert thought.opaque.data["signature"].startswith("Ep")
    assert hidden.opaque.data == {"block": {"type": "redacted_thinking", "data": "cmVk"}}
    assert text == Text(text=WORDS)
    assert json.loads(first.arguments) == {"command": "ls", "n": [1, 2.5, None]}
    assert second == ToolCall(call="other", tool="read_file", arguments="{}")
    assert answer.message().finish is Finish.TOOL_CALLS
    assert {delta.call for delta in told if delta.stream == "arguments"} >= {"toolu_0001_0"}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tokens_of_the_cache_are_part_of_the_input(dialect):
    usage = read(dialect(Turn(text="a")))[0].usage()
    assert (usage.input, usage.cached, usage.written, usage.output, usage.reasoning) == (60, 30, 20, 40, 5)


@pytest.mark.parametrize("dialect", STREAMS)
@pytest.mark.parametrize("text", ["", "I "])
def test_a_refusal_says_why(dialect, text):
    turn = Turn(text=text, stop="refusal", details={"type": "refusal", "category": "cyber", "explanation": "Not that."})
    answer, told = read(dialect(turn))
    assert answer.message().finish is Finish.REFUSED
    shown = "".join(delta.text for delta in told)
    assert shown.endswith("[the model refused: Not that.]")
    assert "".join(part.text for part in answer.message().parts) == shown


@pytest.mark.parametrize("dialect", STREAMS)
def test_a_context_that_is_full_is_too_large(dialect):
    with pytest.raises(TooLarge, match=r"full in mid-answer.*compact it or begin anew.*96 characters"):
        read(dialect(Turn(text=WORDS, stop="model_context_window_exceeded")))


@pytest.mark.parametrize("dialect", STREAMS)
@pytest.mark.parametrize(
    ("kind", "error", "is_repeatable"),
    [
        ("overloaded_error", Upstream, True),
        ("api_error", Upstream, True),
        ("timeout_error", Upstream, True),
        ("rate_limit_error", RateLimited, True),
        ("billing_error", RateLimited, False),
        ("authentication_error", Unauthenticated, False),
        ("invalid_request_error", InvalidParams, False),
    ],
)
@pytest.mark.parametrize("at", [1, 6])
def test_an_error_in_mid_stream_is_repeatable_only_before_the_first_word(dialect, kind, error, is_repeatable, at):
    with pytest.raises(error, match="broke off: Sorry") as caught:
        read(dialect(Turn(text=WORDS, fails_after=at, error=fault(kind, "Sorry"))))
    assert (caught.value.retry_ms is not None) == (is_repeatable and at == 1)
    assert ("characters of the answer so far are lost" in str(caught.value)) == (at == 6)
    assert bool(caught.value.told) == (at == 6)


@pytest.mark.parametrize("dialect", STREAMS)
@pytest.mark.parametrize("at", [0, 1, 6])
def test_a_stream_that_ends_too_early_is_told(dialect, at):
    with pytest.raises(Upstream, match="the stream ended before the answer did") as caught:
        read(dialect(Turn(text=WORDS, ends_after=at)))
    assert (caught.value.retry_ms is not None) == (at < 6)


@pytest.mark.parametrize("dialect", STREAMS)
def test_what_is_no_event_is_quoted_and_not_tried_again(dialect):
    with pytest.raises(Upstream, match="no answer of a model") as caught:
        read(dialect(Turn(text=WORDS, garbles_after=1)))
    assert caught.value.retry_ms is None


@pytest.mark.parametrize("page", [b"<html>502 Bad Gateway</html>\n", b"{}", b'{"type":"message"}', b"[]", b'{"a":'])
def test_what_is_no_answer_at_all_is_quoted(page):
    with pytest.raises(Upstream, match=r"web page|no answer of a model|without content"):
        read([page])


def test_an_error_as_a_document_is_an_error():
    with pytest.raises(Upstream, match="Overloaded"):
        read([json.dumps(fault("overloaded_error", "Overloaded")).encode()])


@pytest.mark.parametrize("arguments", ['{"command": "ls', "not json", '["list"]'])
def test_arguments_that_are_broken_stay_as_the_model_wrote_them(arguments):
    answer, _ = read(documented(Turn(calls=[Call("bash", arguments)], stop="max_tokens")))
    assert answer.message().parts[0].arguments == arguments
    assert answer.message().finish is Finish.LENGTH


def test_ids_that_are_missing_or_taken_are_given_anew():
    calls = [Call("a", {}, id=""), Call("b", {}, id="same"), Call("c", {}, id="same"), Call("d", {}, id="old")]
    answer, _ = read(documented(Turn(calls=calls)), Answer(model="m", taken={"old"}))
    ids = [part.call for part in answer.message().parts]
    assert len({*ids, "old", ""}) == 6
    assert ids[1] == "same"


def test_the_connection_is_left_whole_once_the_answer_is():
    body = Bytes(*documented(Turn(text="a")), b": more\n")
    Reading(Answer(model="m"), lambda _: None, JUDGE, url="u").read(body)
    assert body.is_whole
