"""What a blocking handler streams: items, and values too long for a frame, each paid for from the caller's credit."""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from msgspec import Raw

from pegboard_sdk.errors import Effect, TooLarge
from pegboard_sdk.runtime.crew import Waiter
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.framing import HEADER_BYTES, encode
from pegboard_sdk.wire.messages import NIL, Call, Data, Result, stream_cost
from pegboard_sdk.wire.streaming import CHUNK_BYTES, CHUNKED, VALUE_FOLLOWS, data_head


class Demand(Enum):
    """Whether a call's items are wanted. NONE: never were, so what a handler writes is kept for its result."""

    NONE = 0
    ITEMS = 1
    DROPPED = 2


class Sender(Protocol):
    """What a stream needs of its call: `check` raises when it was cancelled, `wait` lets the handler wait."""

    def check(self) -> None: ...
    def wait(self, waiter: Waiter) -> None: ...


class Stream:
    """The way out of one call, for its Data and its Result."""

    def __init__(self, frame: Call, sender: Sender, send: Callable[..., None], largest_value: int) -> None:
        self._id = frame.id
        self._method = frame.method
        self._sender = sender
        self._send = send
        self._largest = largest_value
        self._credit = abs(frame.window)
        self._can_chunk = frame.window != 0
        self._waiters: list[Waiter] = []
        self.demand = Demand.ITEMS if frame.window > 0 else Demand.NONE

    def send(self, item: Raw) -> None:
        """Send an item, when there is credit for it; nothing where items are not wanted."""
        if self.demand is Demand.ITEMS:
            self._send_data(encode(Data(self._id, item)))
        else:
            self._sender.check()

    def result(self, value: bytes) -> bytes:
        """The frame that ends the call; a value too long for it is streamed before.

        Raises TooLarge where no stream is allowed.
        """
        if len(value) > self._largest // 2 and self._can_chunk and self.demand is not Demand.DROPPED:
            return self._stream_value(value)
        if len(value) < self._largest - 64:
            return encode(Result(self._id, Raw(value)))
        raise TooLarge(
            f"{self._method}: a result of {len(value)} bytes and no stream to send it by; a frame has at most "
            f"{self._largest}",
            effect=Effect.DONE,
        )

    def grant(self, size: int) -> None:
        """More credit."""
        self._credit += size
        if self._credit > 0:
            for waiter in list(self._waiters):
                waiter.set()

    def drop(self) -> None:
        """Nobody wants more of it: what is sent from now on is thrown away."""
        self.demand = Demand.DROPPED
        self.grant(1 << 62)

    def _stream_value(self, value: bytes) -> bytes:
        self._send_data(encode(Data(self._id, VALUE_FOLLOWS)))
        view = memoryview(value)
        for at in range(0, len(value), CHUNK_BYTES):
            piece = view[at : at + CHUNK_BYTES]
            self._send_data(data_head(self._id, len(piece)), piece)
        if self.demand is Demand.DROPPED:
            raise TooLarge(f"{self._method}: its stream was dropped amid the result", effect=Effect.DONE)
        return encode(Result(self._id, NIL, {CHUNKED: pack(len(value))}))

    def _send_data(self, *parts: bytes | memoryview) -> None:
        while self._credit <= 0:
            self._wait_for_credit()
        self._sender.check()
        self._credit -= stream_cost(sum(map(len, parts)) - HEADER_BYTES)
        if self.demand is not Demand.DROPPED:
            self._send(*parts)

    def _wait_for_credit(self) -> None:
        self._sender.check()
        waiter = Waiter()
        self._waiters.append(waiter)
        if self._credit > 0:
            waiter.set()
        self._sender.wait(waiter)
        self._waiters.remove(waiter)
