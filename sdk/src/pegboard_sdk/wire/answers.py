"""The calls that come in over one peer: admitted, run as tasks of their own, answered exactly once each."""

from typing import Protocol

import trio

from pegboard_sdk.errors import Busy, CallCancelled, DeadlineExceeded, Internal, PegboardError, PermissionDenied
from pegboard_sdk.wire.faults import error_frame
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.messages import MAX_FRAME_BYTES, Call, Cancel, Credit, Drop, Error, Frame, Limits, Result
from pegboard_sdk.wire.methods import USER_ASK
from pegboard_sdk.wire.outbox import Outbox
from pegboard_sdk.wire.served import Served


class Parents(Protocol):
    """The calls that calls of the other side serve."""

    def is_open(self, call_id: int) -> bool: ...
    def stop_clock(self, call_id: int) -> None: ...
    def start_clock(self, call_id: int) -> None: ...


class Answers:
    """Every call of the other side's that runs."""

    def __init__(self, outbox: Outbox, parents: Parents, served: Served, limits: Limits) -> None:
        self._outbox = outbox
        self.largest_frame = MAX_FRAME_BYTES
        self._parents = parents
        self._served = served
        self._limits = limits
        self._running: dict[int, InboundCall] = {}
        self.nursery: trio.Nursery | None = None

    def __len__(self) -> int:
        return len(self._running)

    def admit(self, frame: Call) -> None:
        """Run it, or answer why not."""
        assert self.nursery is not None
        try:
            if len(self._running) >= self._limits.max_calls:
                raise Busy(f"{self._limits.max_calls} calls are open", retry_ms=100)
            if frame.parent and not self._parents.is_open(frame.parent):
                raise PermissionDenied(f"`{frame.method}` serves call {frame.parent}, which is not open")
        except PegboardError as error:
            self.put(error_frame(frame.id, error))
            return
        call = self._running[frame.id] = InboundCall(self, frame, frame.timeout_ms / 1000 if frame.timeout_ms else None)
        self.nursery.start_soon(self._serve, call)

    def cancel(self, frame: Cancel) -> None:
        """The other side wants it no more."""
        kind = DeadlineExceeded if frame.why == "timeout" else CallCancelled
        self.cancel_with(frame.id, kind(f"cancelled: {frame.why or 'no longer wanted'}"))

    def cancel_with(self, call_id: int, reason: PegboardError) -> None:
        """End one call soon, with this as its answer."""
        if (call := self._running.get(call_id)) is not None:
            call.cancel(reason)

    def cancel_children(self, parent: int) -> None:
        """A call of ours is over: what was done for it is not wanted any more."""
        if not self._running:
            return
        for call in list(self._running.values()):
            if call.parent == parent:
                call.cancel(CallCancelled("the call that it serves is over"))

    def cancel_all(self, reason: PegboardError) -> None:
        """The connection is over."""
        for call in list(self._running.values()):
            call.cancel(reason)

    def grant(self, frame: Credit) -> None:
        """Credit for a stream."""
        if (call := self._running.get(frame.id)) is not None:
            call.grant(frame.n)

    def drop(self, frame: Drop) -> None:
        """A stream that nobody wants."""
        if (call := self._running.get(frame.id)) is not None:
            call.drop()

    def put(self, frame: Frame) -> None:
        """Queue a frame."""
        self._outbox.put(encode(frame))

    async def put_data(self, frame: bytes) -> None:
        """Queue a frame of a stream when there is room for it."""
        await self._outbox.room()
        self._outbox.put(frame)

    async def _serve(self, call: InboundCall) -> None:
        end: Result | Error | None = None
        asks = call.method == USER_ASK
        if asks:
            self._parents.stop_clock(call.parent)
        try:
            with call.scope:
                end = await call.finish(await self._served.serve(call))
        except PegboardError as error:
            end = error_frame(call.id, error)
        except Exception as fault:  # noqa: BLE001 - the one place where a handler's bug becomes a fault
            end = error_frame(call.id, Internal(f"`{call.method}`: {type(fault).__name__}: {fault}"))
        finally:
            if asks:
                self._parents.start_clock(call.parent)
            del self._running[call.id]
            self.put(end or error_frame(call.id, call.why_ended()))
