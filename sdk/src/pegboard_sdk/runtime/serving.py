"""One call that a blocking plugin answers: what its context does, how it is cancelled, its stream, its last frame."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from msgspec import Raw

from pegboard_sdk.context import Context, FileHandle, ModelContext, chunks
from pegboard_sdk.conversations import Conversations
from pegboard_sdk.errors import DeadlineExceeded, Effect, Internal, PegboardError
from pegboard_sdk.job import Job
from pegboard_sdk.plugin import ToolFailed
from pegboard_sdk.runtime.crew import Waiter
from pegboard_sdk.runtime.stream import Demand, Stream
from pegboard_sdk.tracebacks import traceback_of
from pegboard_sdk.wire.faults import error_frame
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.messages import Call, Frame, Log, Result
from pegboard_sdk.wire.methods import MODEL_STREAM, CommandGrant, Setup


class Connection(Protocol):
    """What a call needs of the connection that it came over."""

    setup: Setup
    conversations: Conversations
    largest_value: int

    def send(self, *parts: bytes | memoryview) -> None: ...
    def wait(self, waiter: Waiter) -> None: ...
    def request(self, serving: "Serving", method: str, params: Raw) -> Raw: ...
    def ended_call(self, serving: "Serving") -> None: ...


class Serving:
    """A call from admission to its last frame. Other threads may cancel it and give it credit."""

    def __init__(self, connection: Connection, frame: Call, job: Job, handles: dict[str, FileHandle]) -> None:
        self._connection = connection
        self._job = job
        self._frame = frame
        self._kept: list[str | bytes] = []
        self._callbacks: list[Callable[[], object]] = []
        self._reason: PegboardError | None = None
        self._waiters: list[Waiter] = []
        self._frozen_s: float | None = None
        self._pauses = 0
        self.id = frame.id
        self.subject = job.subject
        self.is_main = job.is_main
        self.method = frame.method
        self.handles = handles
        self.deadline = time.monotonic() + frame.timeout_ms / 1000 if frame.timeout_ms else None

    @property
    def _stream(self) -> Stream:
        """Made when first used: most calls have none. Whichever thread is first, there is one only."""
        attributes = vars(self)
        opened: Stream | None = attributes.get("_opened")
        if opened is None:
            opened = attributes.setdefault(
                "_opened", Stream(self._frame, self, self._connection.send, self._connection.largest_value)
            )
        return opened

    # What a context asks for.

    @property
    def call(self) -> str:
        return self._job.call

    @property
    def session(self) -> str:
        return self._job.session

    @property
    def turn(self) -> int:
        return self._job.turn

    @property
    def commands(self) -> dict[str, CommandGrant]:
        return self._job.commands

    @property
    def setup(self) -> Setup:
        return self._connection.setup

    @property
    def conversations(self) -> Conversations:
        return self._connection.conversations

    @property
    def cancelled(self) -> bool:
        if self._reason is None and self.deadline is not None and time.monotonic() >= self.deadline:
            self.cancel(DeadlineExceeded(f"{self.method} had its time"))
        return self._reason is not None

    @property
    def remaining_s(self) -> float | None:
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def check(self) -> None:
        if self.cancelled and self._reason is not None:
            raise self._reason

    def on_cancel(self, callback: Callable[[], object]) -> None:
        self._callbacks.append(callback)
        if self._reason is not None:
            self._call_back()

    def write(self, text: str | bytes) -> None:
        if self._stream.demand is Demand.NONE:
            self.check()
            self._kept.append(text)
            return
        for item in chunks(text):
            self._stream.send(Raw(item))

    def send(self, item: bytes) -> None:
        self._stream.send(Raw(item))

    def post(self, frame: Frame) -> None:
        self._connection.send(encode(frame))

    def request(self, method: str, params: Raw) -> Raw:
        self.check()
        return self._connection.request(self, method, params)

    def wait(self, waiter: Waiter) -> None:
        """Let the handler wait for something; a cancellation sets `waiter` too."""
        self._waiters.append(waiter)
        if self._reason is not None:
            waiter.set()
        self._connection.wait(waiter)
        self._waiters.remove(waiter)

    def stop_clock(self) -> None:
        """A person may be asked: the time that is left stays what it is."""
        if not self._pauses:
            self._frozen_s, self.deadline = self.remaining_s, None
        self._pauses += 1

    def start_clock(self) -> None:
        """Every one of them was answered."""
        self._pauses = max(0, self._pauses - 1)
        if self._frozen_s is not None and not self._pauses:
            self.deadline = time.monotonic() + self._frozen_s
            self._frozen_s = None

    @property
    def is_timed(self) -> bool:
        """Whether its deadline is still to come."""
        return self._reason is None and self.deadline is not None

    # What the other side says.

    def cancel(self, reason: PegboardError) -> None:
        """End it soon: the handler sees it, its callbacks run in this thread, its waiting ends."""
        if self._reason is None:
            self._reason = reason
            self._call_back()
            for waiter in list(self._waiters):
                waiter.set()

    def grant(self, size: int) -> None:
        """More credit for its stream."""
        self._stream.grant(size)

    def drop(self) -> None:
        """Nobody wants more of its stream."""
        self._stream.drop()

    # Its run.

    def run(self) -> bytes:
        """Run the handler; the frame that ends the call."""
        try:
            value = self._value()
            if len(value) <= self._connection.largest_value // 2:
                return encode(Result(self.id, Raw(value)))
            return self._stream.result(value)
        except PegboardError as error:
            return self.refusal(error)
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - the one place where a plugin's bug becomes a fault
            text = traceback_of(fault)
            self.post(Log(0, 3, text, self.id))
            return self.refusal(Internal(f"{self.method}: {type(fault).__name__}: {fault}"))

    def finish(self, frame: bytes, write: Callable[[bytes], None]) -> None:
        """Send its last frame, and let go of what belonged to it."""
        for handle in self.handles.values():
            with suppress(OSError):
                os.close(handle.fd)
        write(frame)
        self._connection.ended_call(self)

    def refusal(self, error: PegboardError) -> bytes:
        """The last frame of a call that ends with an error."""
        return encode(error_frame(self.id, error))

    def _value(self) -> bytes:
        job = self._job
        if self._reason is not None:
            raise type(self._reason)(self._reason.message, effect=Effect.NONE)
        context: Context | None = None
        if job.wants_context:
            context = ModelContext(self) if self.method == MODEL_STREAM else Context(self)
        try:
            value = job.run(context)
        except ToolFailed as failure:
            value = job.failed(failure)
            if value is None:
                raise
        return job.encode(value, self._kept)

    def _call_back(self) -> None:
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback()
            except Exception as fault:  # noqa: BLE001 - a bad callback must not take the reader with it
                self.post(Log(0, 3, traceback_of(fault), self.id))
