"""The calls of a blocking plugin, both ways: those that it answers and those that it made for them. Reads nothing."""

import os
import time
from typing import Protocol

from msgspec import Raw

from pegboard_sdk.conversations import Conversations
from pegboard_sdk.errors import (
    Busy,
    CallCancelled,
    DeadlineExceeded,
    InvalidMessage,
    NotReady,
    PegboardError,
    ProtocolViolation,
)
from pegboard_sdk.offer import Offer
from pegboard_sdk.runtime.asked import Asked
from pegboard_sdk.runtime.channel import Channel
from pegboard_sdk.runtime.crew import Waiter
from pegboard_sdk.runtime.grants import Grants
from pegboard_sdk.runtime.greeting import LIMITS
from pegboard_sdk.runtime.serving import Serving
from pegboard_sdk.wire.faults import error_frame
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.intake import FIRST_OF_CALLS
from pegboard_sdk.wire.messages import MAX_FRAME_BYTES, Call, Cancel, Credit, Drop, Error, Peek, Result
from pegboard_sdk.wire.methods import Setup


class Waits(Protocol):
    """Who lets a handler's thread wait while the wire is read."""

    def wait(self, waiter: Waiter) -> None: ...


class OpenCalls:
    """Every call that runs, and what they share. Only the reader admits; calls end in any thread."""

    def __init__(self, offer: Offer, channel: Channel, passing_fd: int, waits: Waits) -> None:
        self._offer = offer
        self._channel = channel
        self._waits = waits
        self._running: dict[int, Serving] = {}
        self._asked = Asked()
        self._calm = Waiter()
        self._wake = (-1, -1)
        self.grants = Grants(passing_fd)
        self.is_stopping = False
        self.setup = Setup()
        self.conversations = Conversations()
        self.largest_value = MAX_FRAME_BYTES
        self.send = channel.send

    def __len__(self) -> int:
        return len(self._running)

    # For calls.

    def wait(self, waiter: Waiter) -> None:
        """Let a handler's thread wait; the wire is read meanwhile."""
        self._waits.wait(waiter)

    def request(self, serving: Serving, method: str, params: Raw) -> Raw:
        """Call the kernel for a call; raises what it answers, or why the call that it is for must end."""
        answer = self._asked.ask(serving, method, params, self.send)
        serving.wait(answer)
        return self._asked.answer(answer, serving, self.send)

    def ended_call(self, serving: Serving) -> None:
        """Its last frame is written."""
        self._running.pop(serving.id, None)
        if self.is_stopping and not self._running:
            self._calm.set()
            if self._wake[1] >= 0:
                os.write(self._wake[1], b"x")

    # For the reader.

    def admit(self, frame: Call) -> Serving | None:
        """A call that can be run; else it is answered with why not."""
        try:
            if self.is_stopping:
                raise NotReady("the plugin is stopping")
            if len(self._running) >= LIMITS.max_calls:
                raise Busy(f"{LIMITS.max_calls} calls are open", retry_ms=100)
            job = self._offer.job(frame.method, frame.params)
            handles = self.grants.handles(frame.id, job) if job.descriptors else {}
        except PegboardError as error:
            self._channel.post(encode(error_frame(frame.id, error)))
            return None
        call = Serving(self, frame, job, handles)
        self._running[frame.id] = call
        return call

    def next_deadline(self) -> float | None:
        """When the time of the next call is over."""
        times = [call.deadline for call in list(self._running.values()) if call.is_timed]
        return min((each for each in times if each is not None), default=None)

    def end_overdue(self) -> None:
        """Cancel those whose time is over."""
        for call in list(self._running.values()):
            if call.deadline is not None and call.deadline <= time.monotonic():
                call.cancel(DeadlineExceeded(f"{call.method} had its time"))

    def stop(self) -> int:
        """Take no new calls; a descriptor that becomes readable when none runs any more."""
        if self._wake[0] < 0:
            self._wake = os.pipe()
        self.is_stopping = True
        return self._wake[0]

    def cancel_all(self, why: str) -> None:
        """Take no new calls, and end those that run."""
        self.is_stopping = True
        for call in list(self._running.values()):
            call.cancel(CallCancelled(why))

    def wait_for_calm(self, seconds: float) -> bool:
        """Give handlers time to end; whether they have."""
        if self._running:
            self._calm.sleep(seconds)
        return not self._running

    def close(self) -> None:
        """Close what belongs to no call."""
        self.grants.close()
        for fd in self._wake:
            if fd >= 0:
                os.close(fd)
        self._wake = (-1, -1)

    def on_cancel(self, frame: Cancel) -> None:
        """The kernel wants a call no more."""
        if (call := self._running.get(frame.id)) is not None:
            kind = DeadlineExceeded if frame.why == "timeout" else CallCancelled
            call.cancel(kind(f"cancelled: {frame.why or 'no longer wanted'}"))

    def on_credit(self, frame: Credit) -> None:
        """Credit for a stream."""
        if (call := self._running.get(frame.id)) is not None:
            call.grant(frame.n)

    def on_drop(self, frame: Drop) -> None:
        """A stream that nobody wants."""
        if (call := self._running.get(frame.id)) is not None:
            call.drop()

    def on_terminal(self, frame: Result | Error) -> None:
        """The end of a call of ours. Raises ProtocolViolation when it was never made."""
        if not self._asked.settle(frame.id, frame):
            raise ProtocolViolation(f"an answer to call {frame.id}, which was never made")

    def on_unreadable(self, frame: Peek) -> None:
        """A frame whose fields could not be read costs its call."""
        error = InvalidMessage(f"a frame of kind {frame.kind} with fields that cannot be read")
        if frame.kind == FIRST_OF_CALLS:
            self._channel.post(encode(error_frame(frame.id, error)))
        elif (call := self._running.get(frame.id)) is not None:
            call.cancel(error)
        else:
            self._asked.settle(frame.id, Error(frame.id, error.code, error.message))
