"""Serves a plugin whose handlers block: frames in, handlers on a crew of threads, frames out. Imports no event loop."""

import os
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Final

from msgspec import Raw

from pegboard_sdk.bytecode import sources_without_bytecode
from pegboard_sdk.conversations import Conversations
from pegboard_sdk.errors import (
    Busy,
    CallCancelled,
    DeadlineExceeded,
    FlowControl,
    FrameTruncated,
    InvalidMessage,
    NotReady,
    PegboardError,
    ProtocolViolation,
    StartFailed,
)
from pegboard_sdk.offer import Offer
from pegboard_sdk.runtime.asked import Asked
from pegboard_sdk.runtime.channel import Channel
from pegboard_sdk.runtime.crew import Crew, Task, Waiter
from pegboard_sdk.runtime.grants import Grants
from pegboard_sdk.runtime.greeting import LIMITS, hello_in, ready_for, setup_in
from pegboard_sdk.runtime.serving import Serving
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.faults import error_frame
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.intake import FIRST_OF_CALLS, Intake, Side
from pegboard_sdk.wire.messages import (
    IMPORTED,
    MAX_FRAME_BYTES,
    Bye,
    Call,
    Cancel,
    Credit,
    Data,
    Drain,
    Drop,
    Error,
    Event,
    Frame,
    Hello,
    Peek,
    Ping,
    Pong,
    Ready,
    Result,
)  # fmt: skip
from pegboard_sdk.wire.methods import Setup

GRACE_SECONDS: Final = 1.0
"""How long handlers may take to end when the kernel is gone."""

EXIT_ABANDONED: Final = 70
"""Exit status of a process that was left although a handler was still busy, and of one that the kernel garbled."""


class Blocking:
    """One connection of a blocking plugin. `abandon` ends the process when a handler does not end with the wire."""

    def __init__(
        self, offer: Offer, channel: Channel, *, passing_fd: int = -1, abandon: Callable[[int], object] = os._exit
    ) -> None:
        self._offer = offer
        self._channel = channel
        self._grants = Grants(passing_fd)
        self._abandon = abandon
        self._intake = Intake(Side.KERNEL, LIMITS.max_frame)
        self._pending: deque[Frame | Peek | ProtocolViolation] = deque()
        self._crew = Crew(self)
        self._running: dict[int, Serving] = {}
        self._asked = Asked()
        self._calm = Waiter()
        self._drained_at: float | None = None
        self._wake = (-1, -1)
        self._over = False
        self._status = 0
        self.conversations = Conversations()
        self.setup = Setup()
        self.largest_value = MAX_FRAME_BYTES
        self.send = channel.send
        self.post = channel.post
        self.flush = channel.flush
        self._on: Final[dict[type, Callable[..., None]]] = {
            Ping: self._on_ping,
            Cancel: self._on_cancel,
            Credit: self._on_credit,
            Drop: self._on_drop,
            Result: self._on_terminal,
            Error: self._on_terminal,
            Drain: self._on_drain,
            Bye: self._on_bye,
            Peek: self._on_unreadable,
            Data: self._on_data,
            Hello: self._on_misplaced,
            Ready: self._on_misplaced,
        }

    def serve(self) -> int:
        """Greet, answer calls until the channel ends, stop; the exit status."""
        try:
            if self._greet():
                self._crew.serve()
                for stop in self._offer.plugin.stopped:
                    stop()
        finally:
            self._channel.close()
            self._grants.close()
        return self._status

    # The handshake.

    def _greet(self) -> bool:
        while not self._pending:
            data = self._channel.read()
            if not data:
                return False
            self._pending.extend(self._intake.feed(data))
        try:
            hello = hello_in(self._pending.popleft())
            self.largest_value = hello.limits.max_frame
            self.setup = setup_in(hello)
            for start in self._offer.plugin.started:
                start(self.setup)
            self.send(encode(ready_for(hello, self._offer)))
        except PegboardError as error:
            self._fail(error)
        except Exception as fault:  # noqa: BLE001 - the one place where a plugin's bug becomes a fault
            sys.stderr.write(traceback.format_exc())
            self._fail(StartFailed(f"on_start of `{self._offer.plugin.id}`: {type(fault).__name__}: {fault}"))
        return not self._over

    # What the crew asks for.

    def next_task(self, waiter: Waiter | None = None) -> Task | None:
        """Read until there is a call to run; None when the wire ended, or what `waiter` waits for came."""
        pending = self._pending
        while waiter is None or not waiter.done:
            while pending:
                frame = pending.popleft()
                if type(frame) is Call:
                    task = self._admit(frame)
                    if task is not None:
                        return task
                else:
                    self._take(frame)
                    if waiter is not None and waiter.done:
                        return None
            if self._is_finished():
                if waiter is None:
                    self._conclude()
                return None
            self.flush()
            if not self._running or self._wait():
                self._read()
        return None

    def _read(self) -> None:
        data = self._channel.read()
        if data:
            self._pending.extend(self._intake.feed(data))
            return
        try:
            self._intake.finish()
        except FrameTruncated as error:
            self._fail(error)
        self._finish("the kernel is gone")

    def _wait(self) -> bool:
        """Until there are bytes, while calls run on other threads; whether there are. Ends those whose time is over."""
        times = [call.deadline for call in list(self._running.values()) if call.is_timed]
        if self._drained_at is not None:
            times.append(self._drained_at)
        nearest = min((each for each in times if each is not None), default=None)
        now = time.monotonic()
        if self._channel.wait(None if nearest is None else nearest - now, self._wake[0]):
            return self._wake[0] < 0 or self._channel.wait(0)
        if self._drained_at is not None and time.monotonic() >= self._drained_at:
            self._finish("the plugin was stopped")
        for call in list(self._running.values()):
            _ = call.cancelled
        return False

    # Calls.

    def _admit(self, frame: Call) -> Serving | None:
        """A call that can be run; else it is answered with why not."""
        try:
            if self._drained_at is not None or self._over:
                raise NotReady("the plugin is stopping")
            if len(self._running) >= LIMITS.max_calls:
                raise Busy(f"{LIMITS.max_calls} calls are open", retry_ms=100)
            job = self._offer.job(frame.method, frame.params)
            handles = self._grants.handles(frame.id, job) if job.files else {}
        except PegboardError as error:
            self.post(encode(error_frame(frame.id, error)))
            return None
        call = Serving(self, frame, job, handles)
        self._running[frame.id] = call
        return call

    def ended_call(self, serving: Serving) -> None:
        """Its last frame is written."""
        self._running.pop(serving.id, None)
        if not self._running:
            if self._over:
                self._calm.set()
            if self._wake[1] >= 0:
                os.write(self._wake[1], b"x")

    def wait(self, waiter: Waiter) -> None:
        """Let a handler's thread wait; the wire is read meanwhile."""
        self._crew.wait(waiter)

    def request(self, serving: Serving, method: str, params: Raw) -> Raw:
        """Call the kernel for a call; raises what it answers, or why the call that it is for must end."""
        answer = self._asked.ask(serving, method, params, self.send)
        serving.wait(answer)
        return self._asked.answer(answer, serving, self.send)

    # Frames that are no calls.

    def _take(self, frame: Frame | Peek | ProtocolViolation) -> None:
        handle = self._on.get(type(frame))
        if handle is not None:
            handle(frame)
        elif isinstance(frame, ProtocolViolation):
            self._fail(frame)

    def _on_ping(self, frame: Ping) -> None:
        self.send(encode(Pong(0, frame.nonce, len(self._running))))

    def _on_cancel(self, frame: Cancel) -> None:
        if (call := self._running.get(frame.id)) is not None:
            kind = DeadlineExceeded if frame.why == "timeout" else CallCancelled
            call.cancel(kind(f"cancelled: {frame.why or 'no longer wanted'}"))

    def _on_credit(self, frame: Credit) -> None:
        if (call := self._running.get(frame.id)) is not None:
            call.grant(frame.n)

    def _on_drop(self, frame: Drop) -> None:
        if (call := self._running.get(frame.id)) is not None:
            call.drop()

    def _on_terminal(self, frame: Result | Error) -> None:
        if not self._asked.settle(frame.id, frame):
            self._fail(ProtocolViolation(f"an answer to call {frame.id}, which was never made"))

    def _on_data(self, frame: Data) -> None:
        self._fail(FlowControl(f"stream data on call {frame.id}, which has no credit"))

    def _on_drain(self, frame: Drain) -> None:
        if self._drained_at is None:
            if sources := sources_without_bytecode():
                self.send(encode(Event(0, IMPORTED, pack(sources))))
            self._drained_at = time.monotonic() + frame.grace_ms / 1000
            self._wake = os.pipe()

    def _on_bye(self, _frame: Bye) -> None:
        self._finish("the kernel said bye")

    def _on_misplaced(self, frame: Hello | Ready) -> None:
        self._fail(ProtocolViolation(f"a {type(frame).__name__} after the handshake"))

    def _on_unreadable(self, frame: Peek) -> None:
        error = InvalidMessage(f"a frame of kind {frame.kind} with fields that cannot be read")
        if frame.kind == FIRST_OF_CALLS:
            self.post(encode(error_frame(frame.id, error)))
        elif (call := self._running.get(frame.id)) is not None:
            call.cancel(error)
        else:
            self._asked.settle(frame.id, Error(frame.id, error.code, error.message))

    # The end.

    def _is_finished(self) -> bool:
        if not self._over and self._drained_at is not None and not self._running:
            self._finish("the plugin was stopped")
        return self._over

    def _fail(self, error: PegboardError) -> None:
        """The connection cannot go on: say why, as far as that still can be read."""
        self.send(encode(Bye(0, error.code, error.message)))
        sys.stderr.write(f"{self._offer.plugin.id}: {error.code}: {error.message}\n")
        self._status = EXIT_ABANDONED
        self._drained_at = None
        self._finish(error.message)

    def _finish(self, why: str) -> None:
        """No more frames are taken: every running call is cancelled."""
        self._over = True
        for call in list(self._running.values()):
            call.cancel(CallCancelled(why))

    def _conclude(self) -> None:
        """Give handlers their grace, then let all threads go. Called by the reader, outside of any handler."""
        if self._running:
            self._calm.sleep(GRACE_SECONDS)
        if self._drained_at is not None:
            self.send(encode(Bye(0)))
        self.flush()
        self._crew.end()
        if self._running:
            self._abandon(EXIT_ABANDONED)
            self._status = EXIT_ABANDONED
