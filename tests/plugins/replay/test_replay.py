"""The plugin as a process: a recording played over the wire."""

import time
from pathlib import Path

import msgspec
import pytest

import pegboard_replay
from pegboard_sdk import (
    CallCancelled,
    Delta,
    Finish,
    InvalidParams,
    Message,
    ModelReply,
    NotFound,
    Outcome,
    Role,
    Setup,
    StreamModel,
    Text,
    ToolCall,
    ToolResult,
    Unsupported,
)
from pegboard_sdk.testing import spawned
from pegboard_sdk.wire.replaying import Order, Side, Verdict

PACKAGE = Path(pegboard_replay.__file__).parent
USER = Message(role=Role.USER, parts=(Text(text="go"),))
FIRST = {
    "type": "message",
    "role": "assistant",
    "parts": [
        {"kind": "text", "text": "I look at it."},
        {"kind": "tool_call", "call": "a", "tool": "glob", "arguments": '{"pattern": "*"}'},
    ],
}
LAST = {"type": "message", "role": "assistant", "parts": [{"kind": "text", "text": "Done."}]}


def playing(*turns, **settings):
    return spawned(PACKAGE, Setup(settings={"turns": list(turns), **settings}))


def asking(board, *entries, conversation="c"):
    return board.stream_model(StreamModel(model="recording", conversation=conversation, append=entries))


def test_a_recording_is_played_turn_by_turn_and_its_end_is_told():
    with playing(FIRST, LAST) as board:
        call = asking(board, USER)
        first = call.result(ModelReply).message
        assert first.finish is Finish.TOOL_CALLS
        assert first.model == "recording"
        assert first.parts[1] == ToolCall(call="a", tool="glob", arguments='{"pattern": "*"}')
        assert [delta.text for delta in call.items(Delta)] == ["I", " look", " at", " it.", '{"pattern": "*"}']
        done = ToolResult(call="a", tool="glob", outcome=Outcome.FAILED)
        last = asking(board, USER, first, done, conversation="resumed").result(ModelReply).message
        assert last.parts == (Text(text="Done."),)
        assert last.finish is Finish.STOP
        with pytest.raises(Unsupported, match="2 turns, and all"):
            asking(board, USER, first, done, last, USER, conversation="end").result(ModelReply)


def test_the_same_turn_is_played_again_after_an_interrupt():
    with playing(FIRST, LAST, pace_ms=5000) as board:
        for conversation in ("c", "d"):
            call = asking(board, USER, conversation=conversation)
            begun = time.monotonic()
            call.cancel()
            with pytest.raises(CallCancelled):
                call.result(ModelReply)
            assert time.monotonic() - begun < 2


def test_without_a_recording_the_setting_is_named():
    with spawned(PACKAGE, Setup()) as board:
        assert board.models("replay") == []
        with pytest.raises(NotFound, match="`turns`"):
            asking(board, USER).result(ModelReply)


@pytest.mark.parametrize("settings", [{"turns": [{"role": "x"}]}, {"turns": [LAST], "pace_ms": -1}])
def test_a_setting_that_cannot_be_used_is_named_when_a_turn_is_wanted(settings):
    with spawned(PACKAGE, Setup(settings=settings)) as board, pytest.raises(InvalidParams, match=r"turns|pace_ms"):
        asking(board, USER).result(ModelReply)


def test_the_one_model_is_listed():
    with playing(LAST) as board:
        assert [model.id for model in board.models("replay")] == ["recording"]


def test_a_turn_that_goes_along_with_the_request_is_played_whatever_was_said_before():
    with playing() as board:
        request = StreamModel(model="recording", conversation="c", append=(USER,), params={"turn": LAST})
        assert board.stream_model(request).result(ModelReply).message.parts == (Text(text="Done."),)
        for turn in ({"role": "user", "parts": []}, {"role": "assistant"}, "x", [LAST]):
            request = StreamModel(model="recording", conversation="d", append=(USER,), params={"turn": turn})
            with pytest.raises(InvalidParams, match="turn in `params`"):
                board.stream_model(request).result(ModelReply)


def test_an_order_is_judged_and_a_person_is_told_the_way():
    side = Side(records=(Message(role=Role.ASSISTANT, parts=(Text(text="Done."),)),))
    with playing() as board:
        order = msgspec.json.encode(Order(turn=1, one=side, other=Side())).decode()
        (found,) = msgspec.json.decode(board.command("replay", order), type=Verdict).differences
        assert (found.turn, found.what) == (1, "missing")
        assert "peg replay check" in board.command("replay", "20261122")
        for wrong in ("{", '{"turn": 1}', '{"turn":' + "[" * 5000):
            with pytest.raises(InvalidParams, match="order to compare"):
                board.command("replay", wrong)
