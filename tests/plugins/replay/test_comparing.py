"""Where two sessions part: the first thing in which a turn differs, and what each side took."""

import pytest

from pegboard_replay.comparing import compared
from pegboard_sdk import Message, Outcome, Role, Text, ToolCall, ToolResult, ToolUse, Usage
from pegboard_sdk.wire.replaying import Order, Side


def told(prompt="go", call="a.py", result="text", answer="so", cost=None):
    return (
        Message(role=Role.USER, parts=(Text(text=prompt),)),
        Message(
            role=Role.ASSISTANT,
            parts=(Text(text=answer), ToolCall(call="c", tool="read_file", arguments=call)),
            usage=Usage(input=10, output=2, cached=4),
            cost=cost,
        ),
        ToolUse(call="c", tool="read_file", arguments={}, turn=1),
        ToolResult(call="c", tool="read_file", outcome=Outcome.OK, parts=(Text(text=result),)),
    )


def parted(one, other):
    return compared(Order(turn=2, one=Side(records=one), other=Side(records=other, seconds=3.0), replayed=False))


@pytest.mark.parametrize("what", ["prompt", "call", "result", "answer"])
def test_the_first_thing_that_differs_is_named(what):
    names = {"call": "calls", "result": "content"}
    (found,) = parted(told(), told(**{what: "other"})).differences
    assert (found.turn, found.what) == (2, names.get(what, what))


def test_what_comes_first_counts_and_the_same_is_the_same():
    (found,) = parted(told(), told(prompt="other", answer="other")).differences
    assert found.what == "prompt"
    assert parted(told(), told()).differences == ()


def test_a_turn_that_one_of_them_does_not_have_is_a_difference():
    (found,) = parted(told(), ()).differences
    assert (found.what, found.recorded, found.now) == ("missing", "a turn", "no such turn")
    assert parted((), ()).differences == ()


def test_what_each_took_is_told():
    found = parted(told(), told(cost=0.5))
    assert (found.one.calls, found.one.input, found.one.output, found.one.cached, found.one.cost) == (1, 10, 2, 4, None)
    assert (found.other.cost, found.other.seconds, found.other.prompt) == (0.5, 3.0, "go")
