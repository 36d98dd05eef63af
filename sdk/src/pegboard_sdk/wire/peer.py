"""One end of the wire on trio: calls both ways over two descriptors. It knows frames and calls, and no methods.

The reader awaits nothing but bytes: what comes in is put where its call looks for it, and everything that takes time
runs in other tasks. Each call ends exactly once here, whatever the other side does; what comes later is told to
`Served.on_late`.
"""

import hmac
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import trio
from msgspec import Raw

from pegboard_sdk.errors import (
    CallCancelled,
    PegboardError,
    StartFailed,
    VersionMismatch,
)
from pegboard_sdk.wire import messages as wire
from pegboard_sdk.wire.answers import Answers
from pegboard_sdk.wire.calls import Calls
from pegboard_sdk.wire.deadlines import Deadlines
from pegboard_sdk.wire.framing import encode
from pegboard_sdk.wire.incoming import Incoming
from pegboard_sdk.wire.intake import Intake, Side
from pegboard_sdk.wire.outbox import STALL_SECONDS, Outbox
from pegboard_sdk.wire.outgoing import OutgoingCall
from pegboard_sdk.wire.proof import proof_of
from pegboard_sdk.wire.routes import Routes
from pegboard_sdk.wire.served import Served, Unserved

GRACE_MS: Final = 2000

VALUE_WINDOW: Final = 4 << 20
"""Credit for a value that is longer than a frame: it is gathered here, so that no reader holds it up."""

FAREWELL_SECONDS: Final = 0.25
"""How long a broken connection is kept to say why."""


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
        self._window = limits.window
        self._served: Served = served or Unserved()
        self._outbox = Outbox(write_fd, limits.max_queue, self._stalled)
        self._deadlines = Deadlines()
        self._calls = Calls(self._outbox, side, self._deadlines, self._served)
        self._answers = Answers(self._outbox, self._calls, self._served, limits)
        self._calls.on_over = self._answers.cancel_children
        self._routes = Routes(side, self._calls, self._answers, self._outbox, self._served)
        self._incoming = Incoming(read_fd, Intake(side.other, limits.max_frame), self._routes.take)

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
                violation = await self._incoming.run()
                if violation is not None:
                    await self._say_why(violation)
                self._answers.cancel_all(CallCancelled("the connection is over"))
                nursery.cancel_scope.cancel()
        finally:
            self._outbox.close()
            for fd in self._fds:
                os.close(fd)
            why = violation.message if violation else "it closed its channel before it was ready"
            self._routes.greeting.fail(StartFailed(f"the handshake failed: {why}"))
        if violation is not None:
            raise violation

    def fail(self, error: PegboardError) -> None:
        """The connection is over for this reason: every open call ends with it, and every later one."""
        self._routes.fail(error)
        self._calls.fail(error)

    # Greeting.

    async def greet(self, hello: wire.Hello, *, is_said: bool = False) -> wire.Ready:
        """The kernel's handshake. How long it may take is the caller's cancel scope. `is_said`: the hello was written.

        Raises StartFailed with what the plugin says, VersionMismatch, and StartFailed for a proof that does not fit.
        """
        if not is_said:
            self._outbox.put(encode(hello))
        ready = await self._routes.greeting.wait()
        assert isinstance(ready, wire.Ready)
        if ready.version not in hello.versions:
            raise VersionMismatch(f"the plugin answers with wire {ready.version}, {hello.versions} were offered")
        if not hmac.compare_digest(ready.proof, proof_of(hello.token, ready.manifest_sha256)):
            raise StartFailed("the plugin's proof does not fit: it has not read our Hello")
        self._learn(ready.limits)
        return ready

    async def hello(self) -> wire.Hello:
        """The plugin's half: the kernel's Hello, to be answered with `notify(Ready)`."""
        hello = await self._routes.greeting.wait()
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
        call = await self._calls.start(
            method,
            params,
            window=-VALUE_WINDOW,
            timeout_s=timeout_s,
            parent=parent,
            meta=meta,
            prepare=prepare,
            grace_ms=grace_ms,
        )
        try:
            if len(self._calls) == 1 and self._incoming.linger(call):
                await trio.lowlevel.cancel_shielded_checkpoint()
            if call.end is not None:
                return call.value()
            self._calls.watch(call)
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
        call = await self._calls.start(
            method,
            params,
            window=window or self._window,
            timeout_s=timeout_s,
            parent=parent,
            meta=meta,
            prepare=prepare,
            grace_ms=grace_ms,
        )
        try:
            self._calls.watch(call)
            yield call
        finally:
            self._calls.leave(call)

    async def notify(self, frame: wire.Frame) -> None:
        """Send a frame that nobody answers. An Event waits until what was sent before has left, a Bye until it has."""
        if isinstance(frame, wire.Event):
            await self._outbox.room()
        self._outbox.put(encode(frame))
        if isinstance(frame, wire.Bye):
            with trio.move_on_after(FAREWELL_SECONDS):
                await self._outbox.drained()

    def post(self, frame: wire.Frame) -> None:
        """`notify` for whoever may not wait: the frame is queued, whatever is queued already."""
        self._outbox.put(encode(frame))

    async def ping(self) -> int:
        """How many calls the other side runs, as soon as its reader answers. Raises what `fail` was given."""
        self._calls.raise_if_over()
        return (await self._routes.ping().wait()).busy

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

    def _learn(self, limits: wire.Limits) -> None:
        self._calls.theirs = limits
        self._answers.largest_frame = limits.max_frame

    def _stalled(self) -> None:
        self._served.on_unresponsive(f"it has read nothing for {STALL_SECONDS:.0f} s, {self._outbox.queued} bytes wait")

    async def _say_why(self, error: PegboardError) -> None:
        self._outbox.put(encode(wire.Bye(0, error.code, error.message)))
        with trio.move_on_after(FAREWELL_SECONDS):
            await self._outbox.drained()
