"""Every ending over a real connection: the transcript, what is said, and how many requests it took.

All are asked at the same time, each of a model of its own; what the bytes of an answer mean is `test_endings`' matter.
"""

import time
from email.utils import formatdate
from pathlib import Path

import pytest
from messages_api.server import MessagesServer
from messages_api.turn import Call, Turn, fault, lines_of
from talking import BASH, USER

import pegboard_anthropic
from pegboard_sdk import (
    Delta,
    Finish,
    InvalidParams,
    ModelReply,
    NotFound,
    PegboardError,
    RateLimited,
    Reasoning,
    Setup,
    StreamModel,
    Text,
    TooLarge,
    ToolCall,
    Unauthenticated,
    Upstream,
)
from pegboard_sdk.testing import connected

README = Path(pegboard_anthropic.__file__).parents[2] / "README.md"
WORDS = "Grüße aus dem Skript."
DONE = Turn(thinking="Hm.", text=WORDS)
BUSY = fault("rate_limit_error", "Slow down")
DATED = {"retry-after": formatdate(int(time.time()) + 1, usegmt=True)}
COMMENTS = b": keep-alive\n\n" + b'event: ping\ndata: {"type": "ping"}\n\n'


def kept_alive():
    """An answer with comments and pings between all of its events."""
    usage = {"input_tokens": 10, "output_tokens": 40}
    return Turn(raw=COMMENTS.join([b"", *lines_of(DONE, 1, "m", usage)]))


ANSWERED = {
    "done": [DONE],
    "keep-alives": [kept_alive()],
    "slow first byte": [Turn(thinking="Hm.", text=WORDS, delay_s=0.4)],
    "one document": [Turn(thinking="Hm.", text=WORDS, whole=True)],
    "429, retry-after in seconds": [Turn(status=429, error=BUSY, headers={"retry-after": "1"}), DONE],
    "429, retry-after as a date": [Turn(status=429, error=BUSY, headers=DATED), DONE],
    "429 without retry-after": [Turn(status=429, error=BUSY), DONE],
    "5xx": [Turn(status=500, error=fault("api_error", "Internal server error")), DONE],
    "529": [Turn(status=529, error=fault("overloaded_error", "Overloaded")), DONE],
    "cut before the first token": [Turn(text=WORDS, cut_after=0), DONE],
    "cut after the head": [Turn(text=WORDS, cut_after=1), DONE],
    "error as the first event": [Turn(text=WORDS, fails_after=1), DONE],
}
"""What ends with the whole answer, at the second request where there are two."""
ENDED = {
    "length": (Turn(text=WORDS, stop="max_tokens"), Finish.LENGTH, WORDS),
    "refusal": (Turn(stop="refusal"), Finish.REFUSED, "[the model refused: it does not say why]"),
    "calls": (Turn(calls=[Call("bash", {"n": 1}), Call("bash", {"n": 2}, id="")]), Finish.TOOL_CALLS, ""),
}
FAILED = {
    "cut after the first token": (Turn(text=WORDS * 3, cut_after=4), Upstream, ["connection broke", "so far are lost"]),
    "error in mid-stream": (Turn(text=WORDS * 3, fails_after=4), Upstream, ["Overloaded", "so far are lost"]),
    "malformed JSON": (Turn(text=WORDS * 3, garbles_after=4), Upstream, ["no answer of a model", "so far are lost"]),
    "a proxy's HTML page": (Turn(raw=b"<html>Sign in</html>", content_type="text/html"), Upstream, ["a web page"]),
    "longer than the context": (
        Turn(status=400, error=fault("invalid_request_error", "prompt is too long: 21 > 20 maximum")),
        TooLarge, ["longer than the context of `", "compact it"],
    ),
    "wrong key": (
        Turn(status=401, error=fault("authentication_error", "invalid x-api-key: sk-planted")),
        Unauthenticated, ["⟦key⟧", "ANTHROPIC_API_KEY"],
    ),
    "wrong model": (Turn(status=404, error=fault("not_found_error", "model: x")), NotFound, ["check the model"]),
    "wrong request": (Turn(status=400, error=fault("invalid_request_error", "nope")), InvalidParams, ["nope"]),
    "no money": (Turn(status=402, error=fault("billing_error", "pay")), RateLimited, ["nothing left to spend"]),
}  # fmt: skip
"""What fails at once: how, and words of the message."""


class Stage(MessagesServer):
    """Each model has turns of its own, and is called like its ending."""

    def __init__(self, scripts):
        super().__init__()
        self.scripts = scripts

    def next_turn(self, body):
        with self.changed:
            turns = self.scripts[body["model"]]
            return (turns.pop(0) if len(turns) > 1 else turns[0]), 1

    def of(self, ending):
        """When the requests for an ending came."""
        return [seen.arrived for seen in self.asked if seen.body["model"] == ending]


@pytest.fixture(scope="module")
def played():
    """The server, and of each ending the call with its reply or its error, and what was logged."""
    single = {name: [turn] for name, (turn, *_) in (ENDED | FAILED).items()}
    with Stage({name: list(turns) for name, turns in ANSWERED.items()} | single) as server:
        setup = Setup(settings={"base_url": server.url}, secrets={"ANTHROPIC_API_KEY": "sk-planted"})
        with connected(pegboard_anthropic.assembled(), setup) as board:
            calls = {
                name: board.stream_model(StreamModel(model=name, conversation=name, append=(USER,), tools=(BASH,)))
                for name in server.scripts
            }
            yield server, calls, {name: ended(call) for name, call in calls.items()}, [log.msg for log in board.logs]


def ended(call):
    try:
        return call.result(ModelReply)
    except PegboardError as error:
        return error


def text_of(message, kind=Text):
    return "".join(part.text for part in message.parts if isinstance(part, kind))


@pytest.mark.parametrize("ending", ANSWERED)
def test_an_answer_comes_whole_and_is_shown_once(played, ending):
    server, calls, ends, logs = played
    reply = ends[ending]
    assert isinstance(reply, ModelReply), reply
    assert (text_of(reply.message), text_of(reply.message, Reasoning)) == (WORDS, "Hm.")
    assert reply.message.finish is Finish.STOP
    assert "".join(delta.text for delta in calls[ending].items(Delta) if delta.stream == "text") == WORDS
    assert len(server.of(ending)) == len(ANSWERED[ending])
    assert sum("trying again" in log for log in logs) == sum(len(turns) - 1 for turns in ANSWERED.values())


def test_nobody_is_asked_again_before_he_wants_it(played):
    server, *_ = played
    first, second = server.of("429, retry-after in seconds")
    assert second - first >= 1
    assert len(server.of("429, retry-after as a date")) == 2


@pytest.mark.parametrize("ending", ENDED)
def test_other_endings_are_told_apart(played, ending):
    server, _, ends, _ = played
    _, finish, text = ENDED[ending]
    assert isinstance(ends[ending], ModelReply), ends[ending]
    assert (ends[ending].message.finish, text_of(ends[ending].message)) == (finish, text)
    assert len(server.of(ending)) == 1


def test_parallel_calls_have_ids_also_where_the_server_forgot_one(played):
    made = [part for part in played[2]["calls"].message.parts if isinstance(part, ToolCall)]
    assert [call.arguments for call in made] == ['{"n": 1}', '{"n": 2}']
    assert len({call.call for call in made} - {""}) == 2


@pytest.mark.parametrize("ending", FAILED)
def test_failures_are_errors_with_clear_words_and_are_not_repeated(played, ending):
    server, _, ends, _ = played
    _, kind, words = FAILED[ending]
    assert type(ends[ending]) is kind, ends[ending]
    assert [word for word in words if word not in ends[ending].message] == []
    assert "sk-planted" not in ends[ending].message
    assert len(server.of(ending)) == 1


def test_the_readme_names_each_ending():
    text = README.read_text()
    assert [name for name in (*ANSWERED, *ENDED, *FAILED) if f"| {name} |" not in text] == []
