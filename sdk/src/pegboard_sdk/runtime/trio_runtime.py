"""Serves a plugin with coroutine handlers on trio. Its `def` handlers run in threads, so the reader never waits."""

import os
import select
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import outcome
import trio
from msgspec import Raw

from pegboard_sdk.bytecode import sources_without_bytecode
from pegboard_sdk.context import Context, ModelContext
from pegboard_sdk.contexts_async import AsyncContext, AsyncModelContext
from pegboard_sdk.conversations import Conversations
from pegboard_sdk.errors import FlowControl, Internal, NotReady, PegboardError, ProtocolViolation, StartFailed
from pegboard_sdk.job import Job
from pegboard_sdk.offer import Offer
from pegboard_sdk.plugin import ToolFailed
from pegboard_sdk.runtime.grants import Grants
from pegboard_sdk.runtime.greeting import LIMITS, hello_in, ready_for, setup_in
from pegboard_sdk.runtime.serving_async import ServingAsync, ServingThread
from pegboard_sdk.signature import Signature
from pegboard_sdk.tracebacks import traceback_of
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.intake import Side
from pegboard_sdk.wire.messages import IMPORTED, Bye, Drain, Error, Event, Log, Result
from pegboard_sdk.wire.methods import MODEL_STREAM, Setup
from pegboard_sdk.wire.peer import Peer
from pegboard_sdk.wire.served import Notice

GRACE_SECONDS: Final = 1.0
"""How long handlers may take to end when the kernel is gone."""

EXIT_ABANDONED: Final = 70


def serve_async(offer: Offer, channel: tuple[int, int], *, passing_fd: int, abandon: Callable[[int], object]) -> int:
    """Serve until the channel ends; the exit status. Owns the descriptors; `abandon` as in `host.serve_on`."""
    ended = threading.Event()
    watcher = threading.Thread(target=_watch_end, args=(os.dup(channel[0]), ended, abandon), daemon=True)
    try:
        return trio.run(TrioRuntime(offer, passing_fd).live, channel, watcher)
    finally:
        ended.set()


def _watch_end(fd: int, ended: threading.Event, abandon: Callable[[int], object]) -> None:
    """A handler that blocks the event loop must not keep the process when the kernel is gone."""
    poll = select.poll()
    poll.register(fd, 0)
    poll.poll()
    if not ended.wait(GRACE_SECONDS):
        abandon(EXIT_ABANDONED)
    os.close(fd)


class TrioRuntime:
    """One connection of a plugin with coroutine handlers."""

    def __init__(self, offer: Offer, passing_fd: int) -> None:
        self._offer = offer
        self._grants = Grants(passing_fd)
        self._drain: Drain | None = None
        self._to_drain = trio.Event()
        self._calm = trio.Event()
        self._running = 0
        self._status = 0
        self.setup = Setup()
        self.conversations = Conversations()
        self.peer: Peer

    async def live(self, channel: tuple[int, int], watcher: threading.Thread) -> int:
        """Greet, answer calls until the channel ends, stop; the exit status."""
        self.peer = Peer(*channel, side=Side.PLUGIN, limits=LIMITS, served=self)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._connect, nursery.cancel_scope)
                if await self._greet():
                    watcher.start()
                    await self._to_drain.wait()
                    await self._finish()
                nursery.cancel_scope.cancel()
        finally:
            self._grants.close()
        for stop in self._offer.plugin.stopped:
            await _result_of(stop)
        return self._status

    async def serve(self, call: InboundCall) -> Raw:
        """Answer one call."""
        if self._drain is not None:
            raise NotReady("the plugin is stopping")
        job = self._offer.job(call.method, call.params)
        handles = self._grants.handles(call.id, job) if job.descriptors else {}
        serving = ServingAsync(self, call, job, handles)
        self._running += 1
        try:
            return Raw(job.encode(await self._value(call, job, serving), serving.kept))
        finally:
            self._running -= 1
            if not self._running:
                self._calm.set()
            for handle in handles.values():
                with suppress(OSError):
                    os.close(handle.fd)

    async def _value(self, call: InboundCall, job: Job, serving: ServingAsync) -> object:
        try:
            if job.is_async:
                return await self._run_coroutine(call, job, serving)
            return await self._run_in_thread(call, job, serving)
        except ToolFailed as failure:
            value = job.failed(failure)
            if value is None:
                raise
            return value
        except PegboardError:
            raise
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - the one place where a plugin's bug becomes a fault
            self.peer.post(Log(0, 3, traceback_of(fault), call.id))
            raise Internal(f"{call.method}: {type(fault).__name__}: {fault}") from None

    async def _run_coroutine(self, call: InboundCall, job: Job, serving: ServingAsync) -> object:
        context = AsyncModelContext(serving) if call.method == MODEL_STREAM else AsyncContext(serving)
        try:
            return await job.run(context)  # type: ignore[misc]
        finally:
            if call.is_cancelled:
                serving.call_back()

    async def _run_in_thread(self, call: InboundCall, job: Job, serving: ServingAsync) -> object:
        thread = ServingThread(serving)
        context = ModelContext(thread) if call.method == MODEL_STREAM else Context(thread)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_call_back_when_cancelled, call, serving)
            # Captured, since what leaves a nursery is wrapped in a group.
            end = await outcome.acapture(trio.to_thread.run_sync, job.run, context)
            nursery.cancel_scope.cancel()
        return end.unwrap()

    # What the peer tells.

    def on_notice(self, frame: Notice) -> None:
        """The kernel wants us to stop."""
        if isinstance(frame, Drain) and self._drain is None:
            self._drain = frame
            self._to_drain.set()

    def on_late(self, call_id: int, frame: Result | Error) -> None:
        """Nobody here waits for it any more."""

    def on_unresponsive(self, why: str) -> None:
        """The kernel is not ours to kill."""
        sys.stderr.write(f"{self._offer.plugin.id}: the kernel is slow: {why}\n")

    # The connection.

    async def _connect(self, scope: trio.CancelScope) -> None:
        try:
            await self.peer.run()
        except (ProtocolViolation, FlowControl) as error:
            sys.stderr.write(f"{self._offer.plugin.id}: {error.code}: {error.message}\n")
            self._status = EXIT_ABANDONED
        finally:
            scope.cancel()

    async def _greet(self) -> bool:
        try:
            hello = hello_in(await self.peer.hello())
            self.setup = setup_in(hello)
            for start in self._offer.plugin.started:
                await _result_of(start, self.setup)
            await self.peer.notify(ready_for(hello, self._offer))
        except PegboardError as error:
            await self._refuse(error)
            return False
        except Exception as fault:  # noqa: BLE001 - the one place where a plugin's bug becomes a fault
            sys.stderr.write(traceback_of(fault))
            await self._refuse(StartFailed(f"on_start of `{self._offer.plugin.id}`: {type(fault).__name__}: {fault}"))
            return False
        return True

    async def _refuse(self, error: PegboardError) -> None:
        self._status = EXIT_ABANDONED
        await self.peer.notify(Bye(0, error.code, error.message))

    async def _finish(self) -> None:
        """Let what runs end within its grace, then say so."""
        assert self._drain is not None
        if self._running:
            with trio.move_on_after(self._drain.grace_ms / 1000):
                await self._calm.wait()
        if sources := sources_without_bytecode():
            await self.peer.notify(Event(0, IMPORTED, pack(sources)))
        await self.peer.notify(Bye(0))


async def _call_back_when_cancelled(call: InboundCall, serving: ServingAsync) -> None:
    try:
        await trio.sleep_forever()
    finally:
        if call.is_cancelled:
            serving.call_back()


async def _result_of(function: Callable[..., object], *arguments: object) -> object:
    """Call a function of the author's, which may be a coroutine function."""
    if Signature.is_coroutine(function):
        return await function(*arguments)  # type: ignore[misc]
    return function(*arguments)
