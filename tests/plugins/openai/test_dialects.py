"""Every endpoint's dialect and every ending: the transcript, the message, and how many requests it took.

All endings of all endpoints are asked at the same time, each of a model of its own.
"""

from contextlib import ExitStack
from pathlib import Path

import pytest
from dialects import DIALECTS, DialectServer, Ending
from dialects.script import CALLS, MESSAGE
from dialects.serving import KEY

import pegboard_openai
from pegboard_sdk import (
    Delta,
    Finish,
    InvalidParams,
    Message,
    ModelReply,
    Outcome,
    PegboardError,
    Reasoning,
    Role,
    Setup,
    StreamModel,
    Text,
    TooLarge,
    ToolCall,
    ToolResult,
    ToolSpec,
    Unauthenticated,
    Upstream,
)
from pegboard_sdk.testing import connected
from pegboard_sdk.wire.conversation import EMPTY, extended

README = Path(pegboard_openai.__file__).parents[2] / "README.md"
USER = Message(role=Role.USER, parts=(Text(text="go"),))
BASH = ToolSpec(name="bash", description="Runs a command.", input={"type": "object", "properties": {}})
FULL = "Grüße aus dem\nSkript."
AGAIN = (Ending.RATE_SECONDS, Ending.RATE_DATE, Ending.RATE_BARE, Ending.DOWN, Ending.CUT_BEFORE, Ending.FAULT_FIRST)
"""What is asked once more, and then answered."""
ENDED = {
    Ending.LENGTH: (Finish.LENGTH, "Grüße aus", "output limit after 34 tokens"),
    Ending.FILTER: (Finish.FILTERED, "Grüße aus", "content filter of http://127.0.0.1"),
    Ending.REFUSAL: (Finish.REFUSED, "I cannot help with that.", "refused to answer"),
    Ending.FILTERED_PROMPT: (Finish.FILTERED, "", "content filter of http://127.0.0.1"),
}
"""What ends in another way: why, the text, and a word of what people are told."""
FAILED = {
    Ending.FAULT: (Upstream, [MESSAGE, "characters of the answer so far are lost"]),
    Ending.CUT_AFTER: (Upstream, ["the connection broke", "characters of the answer so far are lost"]),
    Ending.BAD_JSON: (Upstream, ["no answer of a model", "are lost"]),
    Ending.HTML: (Upstream, ["a web page", "base_url", "Sign in to the network"]),
    Ending.TOO_LONG: (TooLarge, ["longer than the context of `TOO_LONG`", "compact it"]),
    Ending.BAD_KEY: (Unauthenticated, ["OPENAI_API_KEY", "⟦key⟧"]),
    Ending.FILTERED_PROMPT: (InvalidParams, ["content filter refused the prompt"]),
}
"""What fails: how, and the words of the message."""


def setup_for(server):
    name = server.dialect.name.removesuffix("-responses")
    place = server.url.split("/")[2].split("?")[0]
    return Setup(settings={"base_url": server.url, "profiles": {place: name}}, secrets={"OPENAI_API_KEY": KEY})


def asked(server, board, ending, *entries, base=EMPTY):
    params = {"api": "responses"} if server.dialect.api == "responses" else {}
    return board.stream_model(
        StreamModel(
            model=ending.name, conversation=ending.name, base=base, append=entries, tools=(BASH,), params=params
        )
    )


def text_of(message, kind=Text):
    return "".join(part.text for part in message.parts if isinstance(part, kind))


@pytest.fixture(scope="module")
def stages():
    """All endpoints after all their endings, played at the same time: they want to be waited for."""
    with ExitStack() as stack:
        begun = {name: begin(stack, dialect) for name, dialect in DIALECTS.items()}
        yield {name: finish(*stage) for name, stage in begun.items()}


@pytest.fixture(params=list(DIALECTS))
def played(stages, request):
    """An endpoint: the server, each ending's call and its reply or error, the turn after two calls, the log."""
    return stages[request.param]


def begin(stack, dialect):
    server = stack.enter_context(DialectServer(dialect))
    board = stack.enter_context(connected(pegboard_openai.assembled(), setup_for(server)))
    return server, board, {ending: asked(server, board, ending, USER) for ending in Ending if dialect.plays(ending)}


def finish(server, board, calls):
    ends = {}
    for ending, call in calls.items():
        try:
            ends[ending] = call.result(ModelReply)
        except PegboardError as error:
            ends[ending] = error
    went_on = go_on(server, board, ends[Ending.CALLS])
    return server, calls, ends, went_on, [log.msg for log in board.logs]


def go_on(server, board, reply):
    """The turn after two calls, with their results."""
    made = [part for part in reply.message.parts if isinstance(part, ToolCall)]
    results = [
        ToolResult(call=call.call, tool=call.tool, outcome=Outcome.OK, parts=(Text(text="ok"),)) for call in made
    ]
    call = asked(server, board, Ending.CALLS, reply.message, *results, base=extended(EMPTY, USER))
    return call.result(ModelReply)


def test_complete_answers_have_their_text_reasoning_and_tokens(played):
    server, calls, ends, _, _ = played
    has_reasoning = server.dialect.reasoning or server.dialect.api == "responses"
    for ending in (Ending.DONE, Ending.KEPT_ALIVE, Ending.SLOW, *AGAIN):
        reply = ends[ending]
        assert isinstance(reply, ModelReply), (ending, reply)
        assert reply.message.finish is Finish.STOP
        assert text_of(reply.message) == FULL
        assert text_of(reply.message, Reasoning) == ("Hm, let me think." if has_reasoning else "")
        streamed = "".join(delta.text for delta in calls[ending].items(Delta) if delta.stream == "text")
        assert streamed == FULL
        assert (reply.usage.input, reply.usage.output) == (1200, 34)
    if server.dialect.plays(Ending.CACHED):
        assert ends[Ending.CACHED].usage.cached == 1024
    if server.dialect.name == "openrouter":
        assert ends[Ending.DONE].cost == 0.0123


def test_parallel_calls_arrive_whole_and_the_next_turn_is_one_that_the_endpoint_takes(played):
    server, calls, ends, went_on, _ = played
    message = ends[Ending.CALLS].message
    made = [part for part in message.parts if isinstance(part, ToolCall)]
    assert [(call.tool, call.arguments) for call in made] == [(call.name, call.arguments) for call in CALLS]
    assert len({call.call for call in made}) == 2
    assert message.finish is Finish.TOOL_CALLS
    streamed = {call.call: "" for call in made}
    for delta in calls[Ending.CALLS].items(Delta):
        if delta.stream == "arguments":
            streamed[delta.call] += delta.text
    assert list(streamed.values()) == [call.arguments for call in CALLS]
    assert text_of(went_on.message) == FULL
    assert server.faults == []


def test_what_may_succeed_is_asked_once_more_and_not_before_the_server_wants_it(played):
    server, _, _, _, logs = played
    for ending in AGAIN:
        assert len(server.of(ending)) == 2, ending
    first, second = (server.arrived[at] for at in server.of(Ending.RATE_SECONDS))
    assert second - first >= 1
    first, second = (server.arrived[at] for at in server.of(Ending.RATE_DATE))
    assert second >= int(first) + 1
    assert sum("trying again" in log for log in logs) == len(AGAIN)


def test_other_endings_are_told_apart_and_told(played):
    server, _, ends, _, logs = played
    for ending, (finish, text, words) in ENDED.items():
        is_said = ending is Ending.REFUSAL and server.dialect.refusal == "text" and server.dialect.api == "chat"
        is_refused = ending is Ending.FILTERED_PROMPT and server.dialect.prompt_filter == "400"
        if not server.dialect.plays(ending) or is_refused:
            continue
        reply = ends[ending]
        assert isinstance(reply, ModelReply), (ending, reply)
        assert reply.message.finish is (Finish.STOP if is_said else finish), ending
        assert text_of(reply.message) == text
        told = [log for log in logs if words in log and f"`{ending.name}`" in log]
        assert len(told) == (0 if is_said else 1), (ending, logs)


def test_failures_are_errors_with_clear_words_and_are_not_repeated(played):
    server, _, ends, _, _ = played
    for ending, (kind, words) in FAILED.items():
        if not server.dialect.plays(ending) or (
            ending is Ending.FILTERED_PROMPT and server.dialect.prompt_filter != "400"
        ):
            continue
        error = ends[ending]
        assert type(error) is kind, (ending, error)
        assert all(word in error.message for word in words), (ending, error.message)
        assert KEY not in error.message
        assert len(server.of(ending)) == 1, ending


def test_the_readme_has_a_row_for_each_ending_and_names_each_endpoint():
    text = README.read_text()
    assert [ending.value for ending in Ending if f"| {ending.value} |" not in text] == []
    assert [name for name in DIALECTS if f"`{name}`" not in text] == []
