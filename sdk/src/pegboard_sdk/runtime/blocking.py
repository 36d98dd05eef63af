"""Serves a plugin whose handlers block: frames in, handlers on a crew of threads, frames out. Imports no event loop."""

import os
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from pegboard_sdk.bytecode import sources_without_bytecode
from pegboard_sdk.errors import FlowControl, FrameTruncated, PegboardError, ProtocolViolation, StartFailed
from pegboard_sdk.offer import Offer
from pegboard_sdk.runtime.channel import Channel
from pegboard_sdk.runtime.crew import Crew, Task, Waiter
from pegboard_sdk.runtime.greeting import LIMITS, hello_in, ready_for, setup_in
from pegboard_sdk.runtime.open_calls import OpenCalls
from pegboard_sdk.tracebacks import traceback_of
from pegboard_sdk.wire import messages as wire
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.intake import Intake, Side

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
        self._abandon = abandon
        self._intake = Intake(Side.KERNEL, LIMITS.max_frame)
        self._pending: deque[wire.Frame | wire.Peek | ProtocolViolation] = deque()
        self._crew = Crew(self)
        self._calls = OpenCalls(offer, channel, passing_fd, self._crew)
        self._drained_at: float | None = None
        self._calm_fd = -1
        self._over = False
        self._status = 0
        self.send = channel.send
        self.post = channel.post
        self.flush = channel.flush
        self._on: Final[dict[type, Callable[..., None]]] = {
            wire.Ping: self._on_ping,
            wire.Cancel: self._calls.on_cancel,
            wire.Credit: self._calls.on_credit,
            wire.Drop: self._calls.on_drop,
            wire.Result: self._calls.on_terminal,
            wire.Error: self._calls.on_terminal,
            wire.Peek: self._calls.on_unreadable,
            wire.Drain: self._on_drain,
            wire.Bye: self._on_bye,
            wire.Data: self._on_data,
            wire.Hello: self._on_misplaced,
            wire.Ready: self._on_misplaced,
        }

    def serve(self) -> int:
        """Greet, answer calls until the channel ends, stop; the exit status."""
        try:
            if self._greet():
                self._crew.serve(keeps_main=self._offer.stage is not None)
                for stop in self._offer.plugin.stopped:
                    stop()
        finally:
            self._channel.close()
            self._calls.close()
        return self._status

    def _greet(self) -> bool:
        while not self._pending:
            data = self._channel.read()
            if not data:
                return False
            self._pending.extend(self._intake.feed(data))
        try:
            hello = hello_in(self._pending.popleft())
            self._calls.largest_value = hello.limits.max_frame
            setup = self._calls.setup = setup_in(hello)
            for start in self._offer.plugin.started:
                start(setup)
            self.send(encode(ready_for(hello, self._offer)))
        except PegboardError as error:
            self._fail(error)
        except Exception as fault:  # noqa: BLE001 - the one place where a plugin's bug becomes a fault
            sys.stderr.write(traceback_of(fault))
            self._fail(StartFailed(f"on_start of `{self._offer.plugin.id}`: {type(fault).__name__}: {fault}"))
        return not self._over

    # What the crew asks for.

    def next_task(self, waiter: Waiter | None = None) -> Task | None:
        """Read until there is a call to run; None when the wire ended, or what `waiter` waits for came."""
        pending = self._pending
        while waiter is None or not waiter.done:
            while pending:
                frame = pending.popleft()
                if type(frame) is wire.Call:
                    task = self._calls.admit(frame)
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
            if not len(self._calls) or self._wait():
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
        times = [each for each in (self._calls.next_deadline(), self._drained_at) if each is not None]
        seconds = min(times) - time.monotonic() if times else None
        if self._channel.wait(seconds, self._calm_fd):
            return self._calm_fd < 0 or self._channel.wait(0)
        if self._drained_at is not None and time.monotonic() >= self._drained_at:
            self._finish("the plugin was stopped")
        self._calls.end_overdue()
        return False

    # Frames of the connection.

    def _take(self, frame: wire.Frame | wire.Peek | ProtocolViolation) -> None:
        handle = self._on.get(type(frame))
        try:
            if handle is not None:
                handle(frame)
            elif isinstance(frame, ProtocolViolation):
                raise frame
        except (ProtocolViolation, FlowControl) as violation:
            self._fail(violation)

    def _on_ping(self, frame: wire.Ping) -> None:
        self.send(encode(wire.Pong(0, frame.nonce, len(self._calls))))

    def _on_data(self, frame: wire.Data) -> None:
        raise FlowControl(f"stream data on call {frame.id}, which has no credit")

    def _on_drain(self, frame: wire.Drain) -> None:
        if self._drained_at is None:
            if sources := sources_without_bytecode():
                self.send(encode(wire.Event(0, wire.IMPORTED, pack(sources))))
            self._drained_at = time.monotonic() + frame.grace_ms / 1000
            self._calm_fd = self._calls.stop()

    def _on_bye(self, _frame: wire.Bye) -> None:
        self._finish("the kernel said bye")

    def _on_misplaced(self, frame: wire.Hello | wire.Ready) -> None:
        raise ProtocolViolation(f"a {type(frame).__name__} after the handshake")

    # The end.

    def _is_finished(self) -> bool:
        if not self._over and self._drained_at is not None and not len(self._calls):
            self._finish("the plugin was stopped")
        return self._over

    def _fail(self, error: PegboardError) -> None:
        """The connection cannot go on: say why, as far as that still can be read."""
        self.send(encode(wire.Bye(0, error.code, error.message)))
        sys.stderr.write(f"{self._offer.plugin.id}: {error.code}: {error.message}\n")
        self._status = EXIT_ABANDONED
        self._drained_at = None
        self._finish(error.message)

    def _finish(self, why: str) -> None:
        """No more frames are taken: every running call is cancelled."""
        self._over = True
        self._calls.cancel_all(why)

    def _conclude(self) -> None:
        """Give handlers their grace, then let all threads go. Called by the reader, outside of any handler."""
        is_calm = self._calls.wait_for_calm(GRACE_SECONDS)
        if self._drained_at is not None:
            self.send(encode(wire.Bye(0)))
        self.flush()
        self._crew.end()
        if not is_calm:
            self._abandon(EXIT_ABANDONED)
            self._status = EXIT_ABANDONED
