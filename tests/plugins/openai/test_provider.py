"""The plugin as a process, asked over the wire, against a real server."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from scripted_server import Call, ScriptedServer, Turn

import pegboard_openai
from pegboard_sdk import (
    CallCancelled,
    Conflict,
    Delta,
    Image,
    InvalidParams,
    Message,
    ModelReply,
    Outcome,
    RateLimited,
    Role,
    Setup,
    StreamModel,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
    Unauthenticated,
    Upstream,
)
from pegboard_sdk.testing import spawned
from pegboard_sdk.wire.conversation import EMPTY, extended

PACKAGE = Path(pegboard_openai.__file__).parent
BASH = ToolSpec(name="bash", description="Runs a command.", input={"type": "object", "properties": {}})
USER = Message(role=Role.USER, parts=(Text(text="go"),))


@pytest.fixture
def play():
    """Starts a server with turns and a plugin that is set up for it."""
    with ExitStack() as stack:

        def start(*turns, key="", headers=None, **server):
            script = stack.enter_context(ScriptedServer(turns, **server))
            setup = Setup(
                settings={"base_url": script.url, **({"headers": headers} if headers else {})},
                secrets={"OPENAI_API_KEY": key} if key else {},
            )
            return script, stack.enter_context(spawned(PACKAGE, setup))

        yield start


class Talk:
    """A conversation as the kernel keeps it: each request carries only what is new."""

    def __init__(self, board, conversation="c"):
        self.board, self.conversation, self.base = board, conversation, EMPTY

    def start(self, *entries, **more):
        request = StreamModel(
            model="m", conversation=self.conversation, base=self.base, append=entries, tools=(BASH,), **more
        )
        for entry in entries:
            self.base = extended(self.base, entry)
        return self.board.stream_model(request)

    def ask(self, *entries, **more):
        return self.start(*entries, **more).result(ModelReply)


def results(message, outcome=Outcome.OK):
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    return [
        ToolResult(call=call.call, tool=call.tool, outcome=outcome, parts=(Text(text=f"did {call.arguments}"),))
        for call in calls
    ]


def test_an_answer_streams_and_ends_with_the_whole_message(play):
    turn = Turn(text="Let me look.", reasoning="Hm.", calls=[Call("bash", {"command": "ls"}), Call("bash", {"n": 2})])
    _, board = play(turn)
    call = Talk(board).start(USER, system="Be brief.")
    reply = call.result(ModelReply)
    deltas = call.items(Delta)
    streamed = {
        (stream, ident): "".join(d.text for d in deltas if (d.stream, d.call) == (stream, ident))
        for stream, ident in {(d.stream, d.call) for d in deltas}
    }
    assert streamed == {
        ("reasoning", ""): "Hm.",
        ("text", ""): "Let me look.",
        ("arguments", "call_1_0"): '{"command": "ls"}',
        ("arguments", "call_1_1"): '{"n": 2}',
    }
    assert [type(part).__name__ for part in reply.message.parts] == ["Reasoning", "Text", "ToolCall", "ToolCall"]
    assert reply.usage == reply.message.usage
    assert reply.usage.input > 0


def test_a_hundred_turns_are_a_conversation_that_a_strict_server_takes(play):
    turn = Turn(calls=[Call("bash", {"command": "printf ok-{i}-z"})])
    server, board = play(*[turn] * 100, Turn(text="Done."), by="conversation", expect="printf ok-{i}-z")
    talk, news = Talk(board), [USER]
    for _ in range(101):
        message = talk.ask(*news).message
        news = [message, *results(message)]
    assert message.parts == (Text(text="Done."),)
    assert [seen.faults for seen in server.seen if seen.faults] == []
    assert all(seen.as_expected for seen in server.seen[1:])
    assert len({seen.connection for seen in server.seen}) == 1
    assert len(server.bodies[-1]["messages"]) == 201


def test_a_base_that_is_not_held_is_a_conflict_and_the_whole_is_taken(play):
    server, board = play(Turn(text="a"))
    base = extended(EMPTY, USER)
    request = StreamModel(model="m", conversation="c", base=base, append=(USER,))
    with pytest.raises(Conflict):
        board.stream_model(request).result(ModelReply)
    assert server.seen == []
    assert Talk(board).ask(USER, USER).message.parts == (Text(text="a"),)


def test_a_conversation_that_goes_back_is_sent_as_it_is_now(play):
    server, board = play(Turn(text="a"))
    talk = Talk(board)
    talk.ask(USER)
    after_one = talk.base
    talk.ask(Message(role=Role.USER, parts=(Text(text="dropped"),)))
    talk.base = after_one
    talk.ask(Message(role=Role.USER, parts=(Text(text="instead"),)))
    assert [message["content"] for message in server.bodies[-1]["messages"]] == ["go", "instead"]


def test_images_need_their_bytes_and_get_them_with_the_entry(play):
    server, board = play(Turn(text="a cat"))
    shown = Message(role=Role.USER, parts=(Text(text="what is it?"), Image(handle="sha", media_type="image/png")))
    with pytest.raises(Conflict, match="sha"):
        Talk(board).ask(shown)
    Talk(board).ask(shown, blobs={"sha": b"png"})
    assert server.bodies[-1]["messages"][0]["content"][1]["image_url"]["url"] == "data:image/png;base64,cG5n"


def test_the_key_goes_to_the_server_and_is_nowhere_in_the_environment(play):
    server, board = play(Turn(text="a"), key="sk-planted", headers={"X-Title": "peg"})
    Talk(board).ask(USER)
    headers = {name.lower(): value for name, value in server.seen[0].headers.items()}
    assert headers["authorization"] == "Bearer sk-planted"
    assert headers["x-title"] == "peg"
    assert b"sk-planted" not in Path(f"/proc/{board.process.pid}/environ").read_bytes()


def test_a_key_that_is_not_taken_names_the_setting_and_not_the_key(play):
    turn = Turn(status=401, error={"error": {"message": "Incorrect API key provided: sk-planted"}})
    _, board = play(turn, key="sk-planted")
    with pytest.raises(Unauthenticated, match="OPENAI_API_KEY") as caught:
        Talk(board).ask(USER)
    assert "sk-planted" not in str(caught.value)


def test_without_server_and_key_nothing_is_asked_of_anybody():
    with spawned(PACKAGE, Setup()) as board:
        assert board.models("openai") == []
        with pytest.raises(Unauthenticated, match="OPENAI_BASE_URL"):
            Talk(board).ask(USER)


def test_a_setting_that_cannot_be_used_is_told_when_a_model_is_asked():
    with spawned(PACKAGE, Setup(settings={"base_url": "gopher://x"})) as board, pytest.raises(InvalidParams):
        Talk(board).ask(USER)


def test_models_are_listed(play):
    _, board = play(models=["a/b:7b", "c"])
    assert [model.id for model in board.models("openai")] == ["a/b:7b", "c"]


def test_what_may_succeed_later_is_tried_again_and_said_so(play):
    busy = Turn(status=429, headers={"Retry-After": "0.05"}, error={"error": {"message": "slow down"}})
    server, board = play(
        busy, Turn(status=503, headers={"retry-after-ms": "20"}), Turn(text="a", cut_after=0), Turn(text="ok")
    )
    assert Talk(board).ask(USER).message.parts == (Text(text="ok"),)
    assert len(server.seen) == 4
    assert [log.msg.count("trying again") for log in board.logs] == [1, 1, 1]
    assert "slow down" in board.logs[0].msg


def test_a_server_that_wants_more_than_a_minute_is_reported_with_its_time(play):
    server, board = play(Turn(status=429, headers={"Retry-After": "120"}))
    with pytest.raises(RateLimited) as caught:
        Talk(board).ask(USER)
    assert caught.value.retry_ms == 120_000
    assert len(server.seen) == 1


def test_nothing_is_tried_again_once_a_word_was_shown(play):
    server, board = play(Turn(text="a" * 100, cut_after=3))
    call = Talk(board).start(USER)
    with pytest.raises(Upstream, match="48 characters of the answer so far are lost"):
        call.result(ModelReply)
    assert len(server.seen) == 1
    assert "".join(delta.text for delta in call.items(Delta)) == "a" * 48


@pytest.mark.parametrize("turn", [Turn(text="abcdef", hang_after=3), Turn(text="abc", hang_after=0), Turn(delay_s=3)])
def test_a_cancel_ends_the_call_and_the_connection_at_once(play, turn):
    server, board = play(turn, Turn(text="next"))
    call = Talk(board).start(USER)
    assert server.wait_for(lambda server: server.seen)
    if turn.hang_after:
        call.wait_for_items(1)
    begun = time.monotonic()
    call.cancel()
    with pytest.raises(CallCancelled):
        call.result(ModelReply)
    assert time.monotonic() - begun < 0.2
    if turn.hang_after is not None:
        assert server.wait_for(lambda server: server.seen[0].gone)
    assert Talk(board, "other").ask(USER).message.parts == (Text(text="next"),)


def test_a_cancel_ends_the_waiting_for_another_try(play):
    server, board = play(Turn(status=503, headers={"Retry-After": "30"}))
    call = Talk(board).start(USER)
    assert server.wait_for(lambda server: server.seen and server.seen[0].answered)
    call.cancel()
    begun = time.monotonic()
    with pytest.raises(CallCancelled):
        call.result(ModelReply)
    assert time.monotonic() - begun < 0.2


def test_a_server_that_does_not_count_is_asked_once_more_and_then_never(play):
    refusal = Turn(status=400, error={"error": {"message": "Unrecognized request argument: stream_options"}})
    server, board = play(refusal, Turn(text="a"), strict=False)
    talk = Talk(board)
    assert talk.ask(USER).usage is None
    talk.ask(USER)
    assert ["stream_options" in body for body in server.bodies] == [True, False, False]


def test_two_conversations_are_answered_at_the_same_time(play):
    server, board = play(Turn(text="a", delay_s=0.3))
    calls = [Talk(board, f"c{at}").start(USER) for at in range(4)]
    assert server.wait_for(lambda server: len(server.seen) == 4)
    assert not any(seen.answered for seen in server.seen)
    assert all(call.result(ModelReply).message.parts == (Text(text="a"),) for call in calls)


def test_a_structured_answer_is_asked_for(play):
    server, board = play(Turn(text='{"x": 1}'))
    Talk(board).ask(USER, params={"json_schema": {"type": "object"}, "temperature": 0})
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert server.bodies[0]["temperature"] == 0


def test_a_proxy_of_the_environment_is_used():
    proxied = Setup(settings={"base_url": "http://model.invalid/v1"})
    with ScriptedServer([Turn(text="a")]) as proxy:
        environment = {"HTTP_PROXY": proxy.url.removesuffix("/v1")}
        with spawned(PACKAGE, proxied, environment=environment) as board:
            Talk(board).ask(USER)
    assert proxy.seen[0].path == "http://model.invalid/v1/chat/completions"


def test_the_plugin_greets_without_the_heavy_libraries():
    heavy = ("openai", "pydantic", "httpx2", "asyncio", "ssl", "trio", "urllib.request")
    code = f"import sys, pegboard_openai; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"
