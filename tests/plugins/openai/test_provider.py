"""The plugin, asked over the wire, against a real server. What is no matter of its own is shown in `tests/sdk/http`."""

from dataclasses import replace

import pytest
from lined import headers_of
from scripted_server import Call, ScriptedServer, Turn
from scripted_turn import lines_of
from talking import USER, Talk, results, streamed

import pegboard_openai
from pegboard_sdk import (
    CallCancelled,
    Conflict,
    Image,
    Message,
    ModelReply,
    Role,
    Setup,
    StreamModel,
    Text,
    Unauthenticated,
)
from pegboard_sdk.testing import connected
from pegboard_sdk.wire.conversation import EMPTY, extended


@pytest.fixture(scope="module")
def script():
    """One server for all."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def play(script):
    """Gives the server turns, and a plugin that knows nothing of it yet."""
    setup = Setup(settings={"base_url": script.url}, secrets={"OPENAI_API_KEY": "sk-planted"})
    with connected(pegboard_openai.assembled(), setup) as board:

        def start(*turns, **server):
            script.play(turns or [Turn(text="Done.")], **server)
            return script, board

        yield start


def test_an_answer_streams_and_ends_with_the_whole_message(play):
    turn = Turn(text="Let me look.", reasoning="Hm.", calls=[Call("bash", {"command": "ls"}), Call("bash", {"n": 2})])
    _, board = play(turn)
    call = Talk(board).start(USER, system="Be brief.")
    reply = call.result(ModelReply)
    assert streamed(call) == {
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


def test_a_whole_answer_is_kept_though_the_connection_breaks_behind_it(play):
    turn = Turn(text="Done.", calls=[Call("bash", {"command": "ls"})], chunk=200)
    events = len(list(lines_of(turn, 1, {"model": "m"}, counted=True)))
    server, board = play(replace(turn, cut_after=events - 2))
    message = Talk(board).ask(USER).message
    assert [type(part).__name__ for part in message.parts] == ["Text", "ToolCall"]
    assert len(server.bodies) == 1


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


def test_without_server_and_key_nothing_is_asked_of_anybody():
    with connected(pegboard_openai.assembled(), Setup()) as board:
        assert board.models("openai") == []
        with pytest.raises(Unauthenticated, match="OPENAI_BASE_URL"):
            Talk(board).ask(USER)


def test_models_are_listed(play):
    _, board = play(models=["a/b:7b", "c"])
    assert [model.id for model in board.models("openai")] == ["a/b:7b", "c"]


def test_a_server_that_does_not_count_is_asked_once_more_and_then_never(play):
    refusal = Turn(status=400, error={"error": {"message": "Unrecognized request argument: stream_options"}})
    server, board = play(refusal, Turn(text="a"), strict=False)
    talk = Talk(board)
    assert talk.ask(USER).usage is None
    talk.ask(USER)
    assert ["stream_options" in body for body in server.bodies] == [True, False, False]


def test_a_structured_answer_is_asked_for(play):
    server, board = play(Turn(text='{"x": 1}'))
    Talk(board).ask(USER, params={"json_schema": {"type": "object"}, "temperature": 0})
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert server.bodies[0]["temperature"] == 0


def test_a_cancel_ends_a_call_that_was_answered_halfway(play):
    server, board = play(Turn(text="abcdef", hang_after=3), Turn(text="next"))
    call = Talk(board).start(USER)
    call.wait_for_items(1)
    call.cancel()
    with pytest.raises(CallCancelled):
        call.result(ModelReply)
    assert server.wait_for(lambda server: server.seen[0].gone)
    assert Talk(board).ask(USER).message.parts == (Text(text="next"),)


def test_what_is_refused_is_said_in_its_words_and_what_may_succeed_is_tried_again(play):
    busy = Turn(status=429, headers={"retry-after-ms": "20"}, error={"error": {"message": "slow down"}})
    server, board = play(busy, Turn(status=401, error={"error": {"message": "Incorrect API key: sk-planted"}}))
    with pytest.raises(Unauthenticated, match="Incorrect API key: ⟦key⟧; check OPENAI_API_KEY"):
        Talk(board).ask(USER)
    assert ["slow down; trying again" in log.msg for log in board.logs] == [True]
    assert headers_of(server.seen[0])["authorization"] == "Bearer sk-planted"
