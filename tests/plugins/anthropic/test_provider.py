"""The plugin, asked over the wire, against a strict server. What is not its own matter is shown in `tests/sdk/http`."""

import pytest
from lined import headers_of
from messages_api.models import model_info
from messages_api.server import MessagesServer
from messages_api.turn import Call, Turn, fault, signature_of
from talking import USER, Talk, results, streamed

import pegboard_anthropic
from pegboard_sdk import (
    CallCancelled,
    Conflict,
    Delta,
    Finish,
    Image,
    Message,
    ModelReply,
    Reasoning,
    Role,
    Setup,
    Text,
    ToolSpec,
    Unauthenticated,
)
from pegboard_sdk.testing import connected

MODEL = "claude-scripted"


@pytest.fixture(scope="module")
def stage():
    """One server and one plugin for all: the library takes seconds to import."""
    with MessagesServer() as script:
        setup = Setup(
            settings={"base_url": script.url, "headers": {"x-title": "peg"}},
            secrets={"ANTHROPIC_API_KEY": "sk-planted"},
        )
        with connected(pegboard_anthropic.assembled(), setup) as board:
            yield script, board


@pytest.fixture
def play(stage):
    """Gives the server other turns and models, and forgets what it saw."""
    script, board = stage

    def start(*turns, models=None, page=20):
        script.play(turns, models=models, page=page)
        board.logs.clear()
        return script, board

    return start


def test_an_answer_streams_and_ends_with_the_whole_message(play):
    turn = Turn(
        thinking="Hm, a folder.", redacted="b3BhcXVl", text="Let me look.",
        calls=[Call("bash", {"command": "ls"}), Call("bash", {"n": 2})],
    )  # fmt: skip
    _, board = play(turn)
    call = Talk(board, MODEL).start(USER, system="Be brief.")
    reply = call.result(ModelReply)
    assert streamed(call) == {
        ("reasoning", ""): "Hm, a folder.",
        ("text", ""): "Let me look.",
        ("arguments", "toolu_0001_0"): '{"command": "ls"}',
        ("arguments", "toolu_0001_1"): '{"n": 2}',
    }
    kinds = [type(part).__name__ for part in reply.message.parts]
    assert kinds == ["Reasoning", "Reasoning", "Text", "ToolCall", "ToolCall"]
    assert reply.message.parts[0].opaque.data == {"signature": signature_of("Hm, a folder.")}
    assert reply.message.finish is Finish.TOOL_CALLS
    assert reply.usage == reply.message.usage
    assert reply.usage.input > 0


def test_a_hundred_turns_are_a_conversation_that_a_strict_server_takes(play):
    turn = Turn(thinking="Step {i}.", calls=[Call("bash", {"command": "printf ok-{i}"}), Call("bash", {"n": "{i}"})])
    server, board = play(*[turn] * 100, Turn(text="Done."))
    talk, news = Talk(board, MODEL), [USER]
    for _ in range(101):
        message = talk.ask(*news).message
        news = [message, *results(message)]
    assert message.parts == (Text(text="Done."),)
    assert len({seen.connection for seen in server.asked}) == 1
    last = server.bodies[-1]["messages"]
    assert [one["role"] for one in last] == ["user", "assistant"] * 100 + ["user"]
    assert last[1]["content"][0] == {"type": "thinking", "thinking": "Step 1.", "signature": signature_of("Step 1.")}


def test_what_went_before_is_read_from_the_cache_however_many_blocks_a_turn_has(play):
    many = Turn(text="t" * 400, calls=[Call("bash", {"command": "x" * 400, "n": at}) for at in range(12)])
    server, board = play(*[many] * 6, Turn(text="Done."))
    talk, news = Talk(board, MODEL), [USER]
    usages = []
    for _ in range(7):
        reply = talk.ask(*news, system="s" * 8000)
        usages.append(reply.usage)
        news = [reply.message, *results(reply.message)]
    sent = [seen.usage for seen in server.asked]
    written = [one["cache_creation_input_tokens"] + one["cache_read_input_tokens"] for one in sent]
    # All that one request had written is read by the next, and what is left over is not worth a mark.
    assert [one["cache_read_input_tokens"] for one in sent[1:]] == written[:-1]
    assert [one.cached for one in usages] == [one["cache_read_input_tokens"] for one in sent]
    assert [one.written for one in usages] == [one["cache_creation_input_tokens"] for one in sent]
    assert usages[-1].cached > 0.8 * usages[-1].input
    assert all(one["input_tokens"] < 10 for one in sent)


def test_a_changed_system_prompt_leaves_the_tools_in_the_cache(play):
    server, board = play(Turn(text="a"))
    tools = (ToolSpec(name="bash", description="d" * 8000, input={"type": "object"}),)
    Talk(board, MODEL).ask(USER, system="A", tools=tools)
    Talk(board, MODEL).ask(USER, system="B", tools=tools)
    assert server.asked[1].usage["cache_read_input_tokens"] > 1900


def test_an_image_without_its_bytes_is_a_conflict_and_with_them_it_is_sent(play):
    server, board = play(Turn(text="a"))
    shown = Message(role=Role.USER, parts=(Image(handle="h", media_type="image/png"),))
    with pytest.raises(Conflict):
        Talk(board, MODEL).ask(shown)
    Talk(board, MODEL).ask(shown, blobs={"h": b"png"})
    assert server.bodies[-1]["messages"][0]["content"][0]["source"] == {
        "type": "base64", "media_type": "image/png", "data": "cG5n",
    }  # fmt: skip


def test_without_server_and_key_nothing_is_asked_of_anybody():
    with connected(pegboard_anthropic.assembled(), Setup()) as board:
        assert board.models("anthropic") == []
        with pytest.raises(Unauthenticated, match="peg login anthropic"):
            Talk(board, MODEL).ask(USER)


def test_models_are_listed_with_their_context_over_all_pages(play):
    _, board = play(models=[model_info(f"m{at}", context=1000 * at) for at in range(5)], page=2)
    assert [(model.id, model.context) for model in board.models("anthropic")] == [
        (f"m{at}", 1000 * at) for at in range(5)
    ]


def test_a_length_that_the_model_does_not_take_is_asked_for_once(play):
    refusal = fault("invalid_request_error", "max_tokens: 32000 > 8192, which is the maximum allowed number of tokens")
    server, board = play(Turn(status=400, error=refusal), Turn(text="a"))
    talk = Talk(board, "claude-short")
    message = talk.ask(USER).message
    talk.ask(message, USER)
    assert [body["max_tokens"] for body in server.bodies] == [32_000, 8_192, 8_192]


def test_an_answer_that_the_server_puts_off_goes_on_where_it_was(play):
    searched = [
        {"type": "text", "text": "I search."},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    ]
    server, board = play(Turn(blocks=searched, stop="pause_turn"), Turn(text="Found."), Turn(text="Later."))
    talk = Talk(board, MODEL)
    reply = talk.ask(USER)
    assert [getattr(part, "text", None) for part in reply.message.parts] == ["I search.", "", "", "Found."]
    assert server.bodies[1]["messages"][-1] == {"role": "assistant", "content": searched}
    assert reply.usage.output == sum(seen.usage["output_tokens"] for seen in server.asked)
    talk.ask(reply.message, USER)
    assert server.bodies[2]["messages"][1]["content"] == [*searched, {"type": "text", "text": "Found."}]


def test_effort_is_said_in_the_words_that_the_model_knows(play):
    server, board = play(
        Turn(text="a"), models=[model_info("claude-older", effort=(), thinking=("enabled",)), model_info("other")]
    )
    talk = Talk(board, "claude-older")
    message = talk.ask(USER, params={"effort": "high"}).message
    talk.ask(message, USER, params={"effort": "high"}, effort="low")
    assert [body["thinking"]["budget_tokens"] for body in server.bodies] == [16_384, 2_048]
    assert len([seen for seen in server.seen if "/models/" in seen.path]) == 1


@pytest.mark.parametrize("structured", [True, False])
def test_a_structured_answer_is_text_however_it_was_asked_for(play, structured):
    answer = Turn(text='{"x": 1}') if structured else Turn(calls=[Call("give_answer", '{"x": 1}')])
    name = f"claude-{structured}"
    server, board = play(answer, models=[model_info(name, structured=structured)])
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}, "additionalProperties": False}
    call = Talk(board, name).start(USER, params={"json_schema": schema}, tools=())
    reply = call.result(ModelReply)
    assert reply.message.parts == (Text(text='{"x": 1}'),)
    assert reply.message.finish is Finish.STOP
    assert {delta.stream for delta in call.items(Delta)} == {"text"}
    assert ("output_config" in server.bodies[0], "tools" in server.bodies[0]) == (structured, not structured)


def test_thinking_of_another_provider_stays_away(play):
    server, board = play(Turn(text="a"))
    foreign = Message(role=Role.ASSISTANT, parts=(Reasoning(text="secret"), Text(text="said")))
    Talk(board, MODEL).ask(USER, foreign, USER)
    assert server.bodies[0]["messages"][1]["content"] == [{"type": "text", "text": "said"}]


def test_what_is_refused_is_said_in_its_words_and_what_may_succeed_is_tried_again(play):
    full = Turn(status=529, headers={"retry-after-ms": "20"}, error=fault("overloaded_error", "Overloaded"))
    refused = Turn(status=401, error=fault("authentication_error", "invalid x-api-key: sk-planted"))
    server, board = play(full, Turn(text="a", fails_after=2), refused)
    with pytest.raises(Unauthenticated, match="invalid x-api-key: ⟦key⟧; check ANTHROPIC_API_KEY"):
        Talk(board, MODEL).ask(USER)
    assert [log.msg.count("Overloaded; trying again") for log in board.logs] == [1, 1]
    headers = headers_of(server.asked[0])
    assert "sk-planted" in headers.get("authorization", "") + headers.get("x-api-key", "")
    assert headers["x-title"] == "peg"
    assert headers["anthropic-version"] >= "2023-06-01"


def test_a_cancel_ends_a_call_that_was_answered_halfway(play):
    server, board = play(Turn(text="a" * 72, hang_after=4), Turn(text="next"))
    call = Talk(board, MODEL).start(USER)
    call.wait_for_items(1)
    call.cancel()
    with pytest.raises(CallCancelled):
        call.result(ModelReply)
    assert server.wait_for(lambda server: server.asked[0].gone)
    assert Talk(board, MODEL).ask(USER).message.parts == (Text(text="next"),)
