"""A turn goes to the plugin in one frame however long its texts are, and is the same cut as it was whole."""

import hashlib

import msgspec

from pegboard.cli.replaying.judging import order_text
from pegboard_sdk.wire.records import Message, Outcome, Role, Text, ToolCall, ToolResult
from pegboard_sdk.wire.replaying import LONGEST_ORDER, Order, Side


def order(*texts):
    calls = tuple(ToolCall(call=str(number), tool="t", arguments="{}") for number, _ in enumerate(texts))
    results = [
        ToolResult(call=str(number), tool="t", outcome=Outcome.OK, parts=(Text(text=text),))
        for number, text in enumerate(texts)
    ]
    side = Side(records=(Message(role=Role.ASSISTANT, parts=calls), *results))
    return Order(turn=1, one=side, other=side)


def test_what_fits_goes_as_it_is():
    assert msgspec.json.decode(order_text(order("a" * 1000)), type=Order) == order("a" * 1000)


def test_what_does_not_fit_is_cut_on_both_sides_alike_and_known_by_its_hash():
    for texts in (["x" * 3_000_000], ["y" * 200_000] * 30, ["z" * 30_000] * 100):
        text = order_text(order(*texts))
        assert len(text) <= LONGEST_ORDER
        sent = msgspec.json.decode(text, type=Order)
        assert sent.one == sent.other
        assert hashlib.sha256(texts[0].encode()).hexdigest() in text
        assert len(sent.one.records) == len(texts) + 1
