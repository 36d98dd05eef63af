"""A call that came in: what its handler may do with it while it runs. The peer answers it when the handler returns."""

from typing import Protocol

import trio
from msgspec import Raw

from pegboard_sdk.errors import CallCancelled, DeadlineExceeded, PegboardError, TooLarge
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.framing import HEADER_BYTES, encode
from pegboard_sdk.wire.messages import NIL, Call, Data, Frame, Progress, Result, stream_cost
from pegboard_sdk.wire.streaming import CHUNK_BYTES, CHUNKED, VALUE_FOLLOWS, data_head


class Answering(Protocol):
    """What a call needs of its peer."""

    largest_frame: int

    def put(self, frame: Frame) -> None: ...
    async def put_data(self, frame: bytes) -> None: ...


class InboundCall:
    """One call of the other side's. `deadline` is by trio's clock; None without one."""

    def __init__(self, peer: Answering, frame: Call, seconds: float | None) -> None:
        self.id = frame.id
        self.method = frame.method
        self.params = frame.params
        self.parent = frame.parent
        self.trace = frame.trace
        self.meta = frame.meta
        self.window = max(0, frame.window)
        """Bytes of stream that the caller wants; with 0 it wants none, and `send` does nothing."""
        self.scope = trio.CancelScope()
        self.reason: PegboardError | None = None
        self._peer = peer
        self._credit = abs(frame.window)
        self._can_stream = bool(frame.window)
        self._is_dropped = False
        self._more = trio.lowlevel.ParkingLot()
        if seconds is not None:
            self.scope.deadline = trio.current_time() + seconds

    @property
    def deadline(self) -> float | None:
        """When its time is over, by trio's clock."""
        return None if self.scope.deadline == float("inf") else self.scope.deadline

    @property
    def takes_items(self) -> bool:
        """Whether what is sent goes anywhere, or was dropped on purpose; not where there never was a stream."""
        return self.window > 0 or self._is_dropped

    @property
    def is_cancelled(self) -> bool:
        """Whether it should end."""
        return self.scope.cancel_called

    async def send(self, item: Raw) -> None:
        """Stream an item. Waits for credit, and for what was sent before to leave."""
        if self.window:
            await self._send(encode(Data(self.id, item)))

    def progress(self, done: float, total: float = 0, msg: str = "") -> None:
        """Tell how far it is."""
        self._peer.put(Progress(self.id, done, total, msg))

    async def finish(self, value: Raw) -> Result:
        """Its Result; a value too long for a frame goes before it as a stream. Raises TooLarge when none is allowed."""
        content = memoryview(value)
        limit = self._peer.largest_frame
        if len(content) <= limit // 2 or (not self._can_stream and len(content) < limit - 64):
            return Result(self.id, value)
        if not self._can_stream:
            raise TooLarge(f"`{self.method}`: a result of {len(content)} bytes, and no stream to send it by")
        await self._send(encode(Data(self.id, VALUE_FOLLOWS)))
        for at in range(0, len(content), CHUNK_BYTES):
            piece = content[at : at + CHUNK_BYTES]
            await self._send(data_head(self.id, len(piece)) + piece)
        return Result(self.id, NIL, {CHUNKED: pack(len(content))})

    # What the peer tells.

    def grant(self, size: int) -> None:
        """More credit."""
        self._credit += size
        self._more.unpark_all()

    def drop(self) -> None:
        """Nobody wants more of its stream."""
        self.window = 0
        self._is_dropped = True
        self.grant(1 << 62)

    def cancel(self, reason: PegboardError) -> None:
        """End it soon."""
        if self.reason is None:
            self.reason = reason
            self.scope.cancel()

    def why_ended(self) -> PegboardError:
        """The error of a handler that was cancelled."""
        if self.reason is not None:
            return self.reason
        if trio.current_time() >= self.scope.deadline:
            return DeadlineExceeded(f"`{self.method}` had its time")
        return CallCancelled("its handler was cancelled")

    async def _send(self, frame: bytes) -> None:
        while self._credit <= 0:
            await self._more.park()
        self._credit -= stream_cost(len(frame) - HEADER_BYTES)
        await self._peer.put_data(frame)
