"""The calls that one peer makes: their ids, deadlines and ends. Each ends once here; what comes later is late.

A call that its caller gave up stays as a tombstone until the other side has ended it too: until then it counts against
the calls that the other side takes, and when it does not end in its grace, the other side is unresponsive.
"""

from collections.abc import Callable
from typing import Final

import trio
from msgspec import Raw

from pegboard_sdk.errors import (
    CallCancelled,
    DeadlineExceeded,
    InvalidMessage,
    PegboardError,
    ProtocolViolation,
    TooLarge,
)
from pegboard_sdk.wire.deadlines import Deadlines
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.intake import Side
from pegboard_sdk.wire.messages import Call, Cancel, Data, Error, Frame, Limits, Peek, Progress, Result
from pegboard_sdk.wire.outbox import Outbox
from pegboard_sdk.wire.outgoing import OutgoingCall
from pegboard_sdk.wire.served import Served

LATE_SECONDS: Final = 0.5
"""How much longer than its grace a cancelled call may take before the other side counts as unresponsive."""


_NO_META: Final[dict[str, Raw]] = {}


def _ignore(_call_id: int) -> None:
    """Nobody cares."""


class Calls:
    """The open calls of one side."""

    def __init__(self, outbox: Outbox, side: Side, deadlines: Deadlines, served: Served) -> None:
        self._outbox = outbox
        self._deadlines = deadlines
        self._served = served
        self._parity = side.value
        self._last = -1 if side is Side.PLUGIN else 0
        self._open: dict[int, OutgoingCall] = {}
        self._slots = trio.lowlevel.ParkingLot()
        self._waiting = 0
        self._error: PegboardError | None = None
        self.on_over: Callable[[int], None] = _ignore
        """Called with the id of a call that is over: what was asked for it is not wanted any more."""
        self.theirs = Limits()
        """What the other side takes."""

    def __len__(self) -> int:
        return len(self._open)

    async def start(
        self,
        method: str,
        params: Raw,
        *,
        window: int,
        timeout_s: float | None,
        parent: int,
        meta: dict[str, Raw] | None,
        prepare: Callable[[int], None] | None,
        grace_ms: int,
    ) -> OutgoingCall:
        """Make a call; waits while the other side has all the calls open that it takes. `watch` starts its clock."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if len(self._open) >= self.theirs.max_calls:
            await self._slot()
        if self._error is not None:
            raise self._error
        number = self._last = self._last + 2
        timeout_ms = 0 if timeout_s is None else max(1, int(timeout_s * 1000))
        frame = self._encoded(Call(number, method, params, timeout_ms, parent, window, meta=meta or _NO_META))
        if prepare is not None:
            prepare(number)
        call = self._open[number] = OutgoingCall(self, number, method, abs(window), grace_ms, timeout_s)
        # A lone call leaves at once; of many, those of one turn leave together.
        if len(self._open) == 1:
            self._outbox.put_now(frame)
        else:
            self._outbox.put(frame)
        return call

    def watch(self, call: OutgoingCall) -> None:
        """Let the time of a call run, for which somebody is going to wait."""
        seconds, call.seconds = call.seconds, None
        if seconds is not None and call.end is None:
            call.deadline = self._deadlines.add(seconds, lambda: self._expire(call))

    def leave(self, call: OutgoingCall) -> None:
        """Its caller is done with it: a call that has not ended is cancelled."""
        if call.end is None:
            call.settle(CallCancelled(f"`{call.method}` was given up"))
            self.give_up(call, "user")

    def give_up(self, call: OutgoingCall, why: str) -> None:
        """Tell the other side, and expect its end in the call's grace."""
        if call.id not in self._open:
            return
        self._stop_timer(call)
        self.put(Cancel(call.id, why, call.grace_ms))
        patience = call.grace_ms / 1000 + LATE_SECONDS
        text = f"`{call.method}` was cancelled and did not end within {patience:.1f} s"
        call.deadline = self._deadlines.add(patience, lambda: self._served.on_unresponsive(text))
        self.on_over(call.id)

    def put(self, frame: Frame) -> None:
        """For the calls: their credit."""
        self._outbox.put(encode(frame))

    def raise_if_over(self) -> None:
        """Raises what `fail` was given."""
        if self._error is not None:
            raise self._error

    def fail(self, error: PegboardError) -> None:
        """Every call, open or to come, ends with this."""
        self._error = self._error or error
        calls, self._open = self._open, {}
        for call in calls.values():
            self._stop_timer(call)
            call.settle(error)
        self._slots.unpark_all()

    # What the other side says.

    def on_terminal(self, frame: Result | Error) -> None:
        """A call ended. Raises ProtocolViolation when it was never made."""
        call = self._open.pop(frame.id, None)
        if call is None:
            self._check_was_made(frame.id)
            return
        if call.deadline is not None:
            self._deadlines.cancel(call.deadline)
        if self._waiting:
            self._slots.unpark()
        if call.end is None:
            call.settle(frame)
            self.on_over(frame.id)
        else:
            self._served.on_late(frame.id, frame)

    def on_data(self, frame: Data) -> None:
        """An item of a stream."""
        call = self._open.get(frame.id)
        if call is not None:
            call.take(frame)
        else:
            self._check_was_made(frame.id)

    def on_progress(self, frame: Progress) -> None:
        """How far a call is."""
        call = self._open.get(frame.id)
        if call is not None and call.on_progress is not None and not call.is_over:
            call.on_progress(frame)

    def on_unreadable(self, peek: Peek) -> None:
        """A frame for a call of ours that could not be read: that call fails."""
        call = self._open.get(peek.id)
        if call is None:
            self._check_was_made(peek.id)
            return
        call.settle(InvalidMessage(f"a frame of kind {peek.kind} for `{call.method}` could not be read"))
        if peek.kind in (Result.__struct_config__.tag, Error.__struct_config__.tag):
            self._open.pop(peek.id)
            self._stop_timer(call)
            self._slots.unpark()
        else:
            self.give_up(call, "superseded")

    # Clocks.

    def is_open(self, call_id: int) -> bool:
        """Whether a call is open and still wanted."""
        call = self._open.get(call_id)
        return call is not None and not call.is_over

    def remaining_of(self, call_id: int) -> float | None:
        """Seconds that a call has left; None without a limit."""
        call = self._open.get(call_id)
        if call is None:
            return None
        return call.seconds if call.deadline is None else max(0.0, call.deadline.when - trio.current_time())

    def stop_clock(self, call_id: int) -> None:
        """A person is asked for this call: its time stands still."""
        call = self._open.get(call_id)
        if call is None or call.is_over:
            return
        call.pauses += 1
        if call.pauses == 1 and call.deadline is not None:
            call.paused_s = self.remaining_of(call_id)
            self._stop_timer(call)

    def start_clock(self, call_id: int) -> None:
        """The person answered: its time goes on."""
        call = self._open.get(call_id)
        if call is None or call.is_over or not call.pauses:
            return
        call.pauses -= 1
        if call.pauses == 0 and call.paused_s is not None:
            call.deadline = self._deadlines.add(call.paused_s, lambda: self._expire(call))
            call.paused_s = None

    async def _slot(self) -> None:
        self._waiting += 1
        try:
            while self._error is None and len(self._open) >= self.theirs.max_calls:
                await self._slots.park()
        finally:
            self._waiting -= 1

    def _encoded(self, frame: Call) -> bytes:
        try:
            return encode(frame, max_frame=self.theirs.max_frame)
        except ProtocolViolation as error:
            raise TooLarge(f"`{frame.method}`: {error.message}") from None

    def _expire(self, call: OutgoingCall) -> None:
        call.settle(DeadlineExceeded(f"`{call.method}` did not end in the time that it had"))
        self.give_up(call, "timeout")

    def _stop_timer(self, call: OutgoingCall) -> None:
        if call.deadline is not None:
            self._deadlines.cancel(call.deadline)
            call.deadline = None

    def _check_was_made(self, call_id: int) -> None:
        if not 0 < call_id <= self._last or call_id % 2 != self._parity:
            raise ProtocolViolation(f"a frame for call {call_id}, which was never made")
