"""One end of the wire on trio: calls both ways over two descriptors. It knows frames and calls, and no methods.

The reader awaits nothing but bytes: what comes in is put where its call looks for it, and everything that takes time
runs in other tasks. Each call ends exactly once here, whatever the other side does; what comes later is told to
`Served.on_late`.
"""

import hmac
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Generic, TypeVar

import trio
from msgspec import Raw

from pegboard_sdk.errors import (
    FlowControl,
    InvalidMessage,
    PegboardError,
    ProtocolViolation,
    StartFailed,
    VersionMismatch,
    error_from,
)
from pegboard_sdk.wire import messages as wire
from pegboard_sdk.wire.answers import Answers
from pegboard_sdk.wire.calls import Calls, Wanted
from pegboard_sdk.wire.deadlines import Deadlines
from pegboard_sdk.wire.faults import error_frame
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.intake import FIRST_OF_CALLS, Intake, Side
from pegboard_sdk.wire.outbox import STALL_SECONDS, Outbox
from pegboard_sdk.wire.outgoing import OutgoingCall
from pegboard_sdk.wire.proof import proof_of
from pegboard_sdk.wire.reading import Reader
from pegboard_sdk.wire.served import Served, Unserved
from pegboard_sdk.wire.streaming import ONLY_VALUE, STREAM

GRACE_MS: Final = 2000

FAREWELL_SECONDS: Final = 0.25
"""How long a broken connection is kept to say why."""

_ONLY_VALUE_META: Final = {STREAM: ONLY_VALUE}

T = TypeVar("T")


class _Awaited(Generic[T]):
    """One thing that will come, or fail to."""

    def __init__(self) -> None:
        self._came = trio.Event()
        self._value: T | None = None
        self._error: PegboardError | None = None

    def set(self, value: T) -> None:
        """It came."""
        self._value = value
        self._came.set()

    def fail(self, error: PegboardError) -> None:
        """It will not come; only the first fate counts."""
        if not self._came.is_set():
            self._error = error
            self._came.set()

    async def wait(self) -> T:
        """Wait for it. Raises what `fail` was given."""
        await self._came.wait()
        if self._error is not None:
            raise self._error
        assert self._value is not None
        return self._value


class Peer:
    """One end of one connection. Owns both descriptors, which become non-blocking, from `run` on until it returns.

    `served` answers the other side's calls. `limits` are what this side takes; what the other takes is learnt from its
    greeting.
    """

    def __init__(
        self, read_fd: int, write_fd: int, *, side: Side, limits: wire.Limits, served: Served | None = None
    ) -> None:
        for fd in (read_fd, write_fd):
            os.set_blocking(fd, False)
        self._fds = {read_fd, write_fd}
        self._side = side
        self._limits = limits
        self.largest_frame = wire.MAX_FRAME_BYTES
        self._served: Served = served or Unserved()
        self._reader = Reader(read_fd)
        self._intake = Intake(side.other, limits.max_frame)
        self._outbox = Outbox(write_fd, limits.max_queue, self._stalled)
        self._deadlines = Deadlines()
        self._calls = Calls(self, side, self._deadlines, self._served)
        self._answers = Answers(self, self._calls, self._served, limits)
        self._greeting = _Awaited[wire.Hello | wire.Ready]()
        self._pings: dict[int, _Awaited[wire.Pong]] = {}
        self._nonce = 0
        self._is_greeted = self._has_bye = False
        self._on = self._routes()

    # Running.

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve the connection: returns when the other side closed it between two frames.

        Raises ProtocolViolation or FlowControl when it broke the wire (after telling it so). Calls that are open then
        stay so until `fail`, since only the owner knows why the other side is gone. Cancelled, it lets go at once.
        """
        violation: PegboardError | None = None
        try:
            async with trio.open_nursery() as nursery:
                self._answers.nursery = nursery
                nursery.start_soon(self._outbox.run)
                nursery.start_soon(self._deadlines.run)
                task_status.started()
                try:
                    await self._read()
                except (ProtocolViolation, FlowControl) as error:
                    violation = error
                    await self._say_why(error)
                nursery.cancel_scope.cancel()
        finally:
            self._outbox.close()
            for fd in self._fds:
                os.close(fd)
            why = violation.message if violation else "it closed its channel before it was ready"
            self._greeting.fail(StartFailed(f"the handshake failed: {why}"))
        if violation is not None:
            raise violation

    def fail(self, error: PegboardError) -> None:
        """The connection is over for this reason: every open call ends with it, and every later one."""
        self._greeting.fail(error)
        for ping in self._pings.values():
            ping.fail(error)
        self._calls.fail(error)

    # Greeting.

    async def greet(self, hello: wire.Hello) -> wire.Ready:
        """The kernel's handshake. How long it may take is the caller's cancel scope.

        Raises StartFailed with what the plugin says, VersionMismatch, and StartFailed for a proof that does not fit.
        """
        self.put(hello)
        ready = await self._greeting.wait()
        assert isinstance(ready, wire.Ready)
        if ready.version not in hello.versions:
            raise VersionMismatch(f"the plugin answers with wire {ready.version}, {hello.versions} were offered")
        if not hmac.compare_digest(ready.proof, proof_of(hello.token, ready.manifest_sha256)):
            raise StartFailed("the plugin's proof does not fit: it has not read our Hello")
        self._learn(ready.limits)
        return ready

    async def hello(self) -> wire.Hello:
        """The plugin's half: the kernel's Hello, to be answered with `notify(Ready)`."""
        hello = await self._greeting.wait()
        assert isinstance(hello, wire.Hello)
        self._learn(hello.limits)
        return hello

    # Calling.

    async def call(
        self,
        method: str,
        params: Raw,
        *,
        timeout_s: float | None = None,
        parent: int = 0,
        meta: dict[str, Raw] | None = None,
        prepare: Callable[[int], None] | None = None,
        grace_ms: int = GRACE_MS,
    ) -> Raw:
        """Call and wait for the value, which may be longer than a frame; there is no stream beside it.

        `prepare` gets the call's id just before its frame is queued. Waits while the other side has all the calls open
        that it takes. Raises the error that it answers with, DeadlineExceeded, TooLarge (nothing was sent), or what
        `fail` was given. Cancelled, it sends Cancel with `grace_ms`; the other side's end of it goes to `on_late`.
        """
        meta = _ONLY_VALUE_META if meta is None else {**meta, **_ONLY_VALUE_META}
        wanted = Wanted(method, params, self._limits.window, timeout_s, parent, meta, prepare, grace_ms)
        call = await self._calls.start(wanted)
        try:
            return await call.result()
        finally:
            self._calls.leave(call)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        params: Raw,
        *,
        window: int = 0,
        timeout_s: float | None = None,
        parent: int = 0,
        meta: dict[str, Raw] | None = None,
        prepare: Callable[[int], None] | None = None,
        grace_ms: int = GRACE_MS,
    ) -> AsyncIterator[OutgoingCall]:
        """Call with a stream: iterate `call.items`, then `await call.result()`. `window` 0 is this side's limit.

        Leaving the block before the end cancels the call. Raises as `call` does.
        """
        window = window or self._limits.window
        call = await self._calls.start(Wanted(method, params, window, timeout_s, parent, meta or {}, prepare, grace_ms))
        try:
            yield call
        finally:
            self._calls.leave(call)

    async def notify(self, frame: wire.Frame) -> None:
        """Send a frame that nobody answers. An Event waits until what was sent before has left."""
        if isinstance(frame, wire.Event):
            await self._outbox.room()
        self.put(frame)

    async def ping(self) -> int:
        """How many calls the other side runs, as soon as its reader answers. Raises what `fail` was given."""
        self._calls.raise_if_over()
        self._nonce += 1
        answer = self._pings[self._nonce] = _Awaited[wire.Pong]()
        self.put(wire.Ping(0, self._nonce))
        return (await answer.wait()).busy

    @property
    def open_calls(self) -> int:
        """Calls of ours that the other side has not ended, those given up included."""
        return len(self._calls)

    def stop_clock(self, call_id: int) -> None:
        """Let the time of a call stand still while a person is asked for something below it."""
        self._calls.stop_clock(call_id)

    def start_clock(self, call_id: int) -> None:
        """Let it go on."""
        self._calls.start_clock(call_id)

    # For the parts.

    def put(self, frame: wire.Frame) -> None:
        """Queue a frame behind those that are queued."""
        self._outbox.put(encode(frame))

    async def put_data(self, frame: bytes) -> None:
        """Queue a frame of a stream when there is room for it."""
        await self._outbox.room()
        self._outbox.put(frame)

    def put_call(self, frame: bytes, open_calls: int) -> None:
        """A lone call leaves at once; of many, those of one turn leave together."""
        if open_calls == 1:
            self._outbox.put_now(frame)
        else:
            self._outbox.put(frame)

    def over(self, call_id: int) -> None:
        """A call of ours is over: what the other side asked for it is not wanted any more."""
        if len(self._answers):
            self._answers.cancel_children(call_id)

    # What comes.

    def _routes(self) -> dict[type, Callable[..., None]]:
        notice = self._served.on_notice
        routes: dict[type, Callable[..., None]] = {
            wire.Result: self._calls.on_terminal,
            wire.Error: self._calls.on_terminal,
            wire.Data: self._calls.on_data,
            wire.Progress: self._calls.on_progress,
            wire.Call: self._answers.admit,
            wire.Cancel: self._answers.cancel,
            wire.Credit: self._answers.grant,
            wire.Drop: self._answers.drop,
            wire.Ping: self._on_ping,
            wire.Pong: self._on_pong,
            wire.Bye: self._on_bye,
            wire.Peek: self._on_unreadable,
            wire.Log: notice,
            wire.Event: notice,
            wire.Changed: notice,
        }
        return routes | {wire.Drain: notice} if self._side is Side.PLUGIN else routes

    async def _read(self) -> None:
        routes = self._on
        while data := await self._reader.read():
            for frame in self._intake.feed(data):
                if isinstance(frame, ProtocolViolation):
                    raise frame
                route = routes.get(type(frame)) if self._is_greeted else self._on_greeting
                if route is None or self._has_bye:
                    raise ProtocolViolation(f"{type(frame).__name__} may not come {self._when()}")
                route(frame)
        self._intake.finish()

    def _on_greeting(self, frame: wire.Frame | wire.Peek) -> None:
        if isinstance(frame, wire.Ready if self._side is Side.KERNEL else wire.Hello):
            self._is_greeted = True
            self._greeting.set(frame)
        elif isinstance(frame, wire.Log | wire.Bye) and self._side is Side.KERNEL:
            self._on[type(frame)](frame)
        else:
            raise ProtocolViolation(f"{type(frame).__name__} may not come {self._when()}")

    def _when(self) -> str:
        if self._has_bye:
            return "after Bye"
        return "from this side" if self._is_greeted else "before the handshake"

    def _on_ping(self, frame: wire.Ping) -> None:
        self.put(wire.Pong(0, frame.nonce, len(self._answers)))

    def _on_pong(self, frame: wire.Pong) -> None:
        if (ping := self._pings.pop(frame.nonce, None)) is not None:
            ping.set(frame)

    def _on_bye(self, frame: wire.Bye) -> None:
        self._has_bye = True
        known = error_from(frame.code, frame.msg, 0)
        self._greeting.fail(known if isinstance(known, StartFailed) else StartFailed(f"{frame.code}: {frame.msg}"))
        self._served.on_notice(frame)

    def _on_unreadable(self, peek: wire.Peek) -> None:
        if peek.id % 2 == self._side.value:
            self._calls.on_unreadable(peek)
            return
        error = InvalidMessage(f"a frame of kind {peek.kind} could not be read")
        if peek.kind == FIRST_OF_CALLS:
            self.put(error_frame(peek.id, error))
        else:
            self._answers.cancel_with(peek.id, error)

    def _learn(self, limits: wire.Limits) -> None:
        self._calls.theirs = limits
        self.largest_frame = limits.max_frame

    def _stalled(self) -> None:
        self._served.on_unresponsive(f"it has read nothing for {STALL_SECONDS:.0f} s, {self._outbox.queued} bytes wait")

    async def _say_why(self, error: PegboardError) -> None:
        self.put(wire.Bye(0, error.code, error.message))
        with trio.move_on_after(FAREWELL_SECONDS):
            await self._outbox.drained()
