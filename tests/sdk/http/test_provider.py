"""A whole provider over the shared transport, asked over the wire: the one that the author's page quotes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from scripted_server import ScriptedServer, Turn

from pegboard_sdk import (
    CallCancelled,
    Delta,
    InvalidParams,
    Message,
    ModelReply,
    RateLimited,
    Role,
    Setup,
    StreamModel,
    Text,
    Unauthenticated,
    Upstream,
)
from pegboard_sdk.testing import spawned

PACKAGE = Path(__file__).parents[3] / "sdk" / "examples" / "provider" / "src" / "pegboard_example_provider"
USER = Message(role=Role.USER, parts=(Text(text="go"),))


@pytest.fixture(scope="module")
def stage():
    """One server and one plugin for all."""
    with ScriptedServer() as script:
        setup = Setup(settings={"base_url": script.url}, secrets={"EXAMPLE_API_KEY": "sk-planted"})
        with spawned(PACKAGE, setup) as board:
            yield script, board


@pytest.fixture
def play(stage):
    """Gives the server other turns, and forgets what was said."""
    script, board = stage

    def start(*turns):
        script.play(turns)
        board.logs.clear()
        return script, board

    return start


def asked(board):
    return board.stream_model(StreamModel(model="m", conversation="c", append=(USER,)))


def test_an_answer_streams_and_ends_with_the_whole_message(play):
    server, board = play(Turn(text="Let me look at it."))
    call = asked(board)
    assert call.result(ModelReply).message.parts == (Text(text="Let me look at it."),)
    assert "".join(delta.text for delta in call.items(Delta)) == "Let me look at it."
    assert server.bodies == [{"model": "m", "messages": [{"role": "user", "content": "go"}], "stream": True}]


def test_what_may_succeed_later_is_tried_again_and_said_so_without_the_key(play):
    busy = Turn(status=429, headers={"Retry-After": "0.05"}, error={"error": {"message": "slow down, sk-planted"}})
    server, board = play(
        Turn(text="a", cut_after=0), Turn(status=503, headers={"retry-after-ms": "20"}), busy, Turn(text="ok")
    )
    assert asked(board).result(ModelReply).message.parts == (Text(text="ok"),)
    assert len(server.seen) == 4
    assert [log.msg.count("trying again") for log in board.logs] == [1, 1, 1]
    assert "slow down, ⟦key⟧" in board.logs[2].msg


def test_a_server_that_wants_more_than_a_minute_is_reported_with_its_time(play):
    server, board = play(Turn(status=429, headers={"Retry-After": "120"}))
    with pytest.raises(RateLimited) as caught:
        asked(board).result(ModelReply)
    assert caught.value.retry_ms == 120_000
    assert len(server.seen) == 1


def test_nothing_is_tried_again_once_a_word_was_shown(play):
    server, board = play(Turn(text="a" * 100, cut_after=3))
    call = asked(board)
    with pytest.raises(Upstream, match="48 characters of the answer so far are lost"):
        call.result(ModelReply)
    assert len(server.seen) == 1
    assert "".join(delta.text for delta in call.items(Delta)) == "a" * 48


@pytest.mark.parametrize("turn", [Turn(text="abcdef", hang_after=3), Turn(text="abc", hang_after=0), Turn(delay_s=3)])
def test_a_cancel_ends_the_call_and_the_connection_at_once(play, turn):
    server, board = play(turn, Turn(text="next"))
    call = asked(board)
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
    assert asked(board).result(ModelReply).message.parts == (Text(text="next"),)


def test_a_cancel_ends_the_waiting_for_another_try(play):
    server, board = play(Turn(status=503, headers={"Retry-After": "30"}))
    call = asked(board)
    assert server.wait_for(lambda server: server.seen and server.seen[0].answered)
    call.cancel()
    begun = time.monotonic()
    with pytest.raises(CallCancelled):
        call.result(ModelReply)
    assert time.monotonic() - begun < 0.2


def test_questions_are_answered_at_the_same_time(play):
    server, board = play(Turn(text="a", delay_s=0.3))
    calls = [asked(board) for _ in range(4)]
    assert server.wait_for(lambda server: len(server.seen) == 4)
    assert not any(seen.answered for seen in server.seen)
    assert all(call.result(ModelReply).message.parts == (Text(text="a"),) for call in calls)


def test_a_key_that_is_not_taken_names_the_setting_and_not_the_key(play):
    _, board = play(Turn(status=401, error={"error": {"message": "Incorrect API key provided: sk-planted"}}))
    with pytest.raises(Unauthenticated, match="EXAMPLE_API_KEY") as caught:
        asked(board).result(ModelReply)
    assert "sk-planted" not in str(caught.value)


def test_the_key_goes_to_the_server_and_is_nowhere_in_the_environment(play):
    server, board = play(Turn(text="a"))
    asked(board).result(ModelReply)
    assert server.seen[0].headers["Authorization"] == "Bearer sk-planted"
    assert b"sk-planted" not in Path(f"/proc/{board.process.pid}/environ").read_bytes()


def test_a_setting_that_cannot_be_used_is_told_when_a_model_is_asked():
    with spawned(PACKAGE, Setup(settings={"base_url": "gopher://x"})) as board, pytest.raises(InvalidParams):
        asked(board).result(ModelReply)


def test_a_proxy_of_the_environment_is_used():
    with ScriptedServer([Turn(text="a")]) as proxy:
        setup = Setup(settings={"base_url": "http://model.invalid/v1"})
        with spawned(PACKAGE, setup, environment={"HTTP_PROXY": proxy.root}) as board:
            asked(board).result(ModelReply)
    assert proxy.seen[0].path == "http://model.invalid/v1/chat/completions"


@pytest.mark.parametrize("plugin", ["pegboard_sdk.http", "pegboard_openai", "pegboard_anthropic"])
def test_a_plugin_greets_without_the_heavy_libraries(plugin):
    heavy = ("openai", "anthropic", "pydantic", "httpx2", "asyncio", "ssl", "trio", "urllib.request")
    code = f"import sys, {plugin}; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"
