"""Which frames may follow which, on one connection."""

import pytest

from pegboard_sdk.conformance.order import Order
from pegboard_sdk.wire.codec import encoder, pack
from pegboard_sdk.wire.messages import Bye, Call, Data, Frame, Hello, Identity, Limits, Log, Ping, Pong, Ready, Result

READY = Ready(0, 1, b"", "p", "1", b"", Limits())


def after(*frames: Frame, opened: tuple[int, ...] = (2,), credit: int = 1000) -> list[str]:
    order = Order()
    order.opened.update(opened)
    order.credit.update(dict.fromkeys(opened, credit))
    for frame in frames:
        order.take(encoder.encode(frame))
    return order.faults


def test_a_good_conversation_has_no_fault() -> None:
    nested = Call(1, "user.ask", parent=2)
    assert after(Log(0, 6, "x"), READY, Pong(0, 1), nested, Data(2, pack("a")), Result(2), Bye(0)) == []


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        ((Pong(0, 1),), "Pong before Ready"),
        ((READY, READY), "Ready twice"),
        ((READY, Bye(0), Ping(0, 1)), "Ping after Bye"),
        ((READY, Result(2), Result(2)), "Result for call 2 after its end"),
        ((READY, Data(2, pack("a")), Result(2), Data(2, pack("b"))), "Data for call 2 after its end"),
        ((READY, Result(4)), "Result for call 4, which was never made"),
        ((READY, Call(2, "user.ask", parent=2)), "a plugin's ids are odd"),
        ((READY, Call(3, "user.ask", parent=2), Call(1, "user.ask", parent=2)), "a call with id 1 after 3"),
        ((READY, Result(2), Call(1, "user.ask", parent=2)), "which is no open call"),
        ((READY, Hello(0, [1], b"", Limits(), Identity("k", "1"))), "which only the kernel sends"),
    ],
)
def test_each_break_is_said(frames: tuple[Frame, ...], says: str) -> None:
    assert any(says in fault for fault in after(*frames))


def test_data_may_go_below_the_credit_once() -> None:
    items = [Data(2, pack("x" * 500)) for _ in range(2)]
    assert after(READY, items[0], credit=1) == []
    assert after(READY, *items, credit=1) == ["Data for call 2 without credit"]


@pytest.mark.parametrize("body", [b"\xc1", b"\xa1a", b"\x91\x01", b"\x92\x28\x00"])
def test_what_is_no_frame_is_a_fault(body: bytes) -> None:
    order = Order()
    assert order.take(body) is None
    assert len(order.faults) == 1


def test_unknown_kinds_that_may_be_skipped_are() -> None:
    order = Order()
    assert order.take(encoder.encode([70, 0, "later"])) is None
    assert order.faults == []
