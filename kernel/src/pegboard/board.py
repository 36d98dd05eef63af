"""All plugin processes of a kernel: started on use, kept, restarted, ended. It decides nothing about what is called.

A plugin that dies costs the calls that it was serving; nothing is repeated here. `async with Board(...)` runs it; what
leaves the block is what its body raised, or SpawnerDied.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Self

import msgspec
import trio
from msgspec import Raw

from pegboard.beginning import Begun
from pegboard.birth import Birth, Births
from pegboard.breaker import MOST_CRASHES, WINDOW_S, Breaker
from pegboard.bytecode import Bytecode
from pegboard.child import Child
from pegboard.commands.command import Command
from pegboard.ending import alone
from pegboard.errors import CircuitOpen
from pegboard.places import Places
from pegboard.registry import Registry
from pegboard.rights.run import Rights
from pegboard.routing import Route
from pegboard.spawner.client import Process, SpawnerClient
from pegboard.spawner.launch import Spawner
from pegboard.status import Status, status_of
from pegboard.wiring import Wiring
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.messages import IMPORTED, Event
from pegboard_sdk.wire.outgoing import OutgoingCall
from pegboard_sdk.wire.served import Notice


class _Post:
    """One instance's place on the board."""

    def __init__(self) -> None:
        self.child: Child | None = None
        self.breaker = Breaker()
        self.starting = trio.Lock()
        self.starts = 0


class Board:
    """`call` and `open` start what is not running; what was `begun` is taken over. All errors are PegboardErrors."""

    def __init__(
        self,
        registry: Registry,
        spawner: Spawner,
        places: Places,
        *,
        wiring: Wiring,
        environ: Mapping[str, str],
        workspace: str = "",
        begun: Sequence[Begun] = (),
        rights: Rights | None = None,
    ) -> None:
        self._births = Births(
            registry, places, environ=environ, workspace=workspace, setup_of=wiring.setup_of, rights=rights
        )
        self._begun = {one.birth.instance: one for one in begun}
        self._spawner = SpawnerClient(spawner, ordered=len(begun))
        self._bytecode = Bytecode(self._spawner)
        self._wiring = wiring
        self._posts: dict[str, _Post] = {}
        self._grace_ms = int(wiring.patience.interrupt_s * 1000)
        self._nursery: trio.Nursery
        self._running = self._run()

    async def __aenter__(self) -> Self:
        await self._running.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._running.__aexit__(kind, error, trace)

    async def call(
        self,
        plugin: str,
        method: str,
        params: Raw,
        *,
        timeout_s: float | None = None,
        descriptors: Sequence[int] = (),
        serving: object = None,
    ) -> Raw:
        """Call and wait for the value.

        `descriptors` stay the caller's; copies go ahead of the call. `serving` comes back with what the plugin asks for
        this call. Raises the error that the plugin answers with, DeadlineExceeded, StartFailed, CircuitOpen, or
        PluginDown with what happened. Cancelled, the plugin has a moment to end the call, else it is killed.
        """
        child = self._running_one(plugin) or await self._usable(plugin)
        route = Route(serving, child.peer)
        prepare = _prepared(child, route, descriptors)
        try:
            return await child.peer.call(method, params, timeout_s=timeout_s, prepare=prepare, grace_ms=self._grace_ms)
        except trio.Cancelled:
            child.give_up(route)
            raise
        finally:
            child.leave(route)

    @asynccontextmanager
    async def open(
        self,
        plugin: str,
        method: str,
        params: Raw,
        *,
        window: int = 0,
        timeout_s: float | None = None,
        descriptors: Sequence[int] = (),
        serving: object = None,
    ) -> AsyncIterator[OutgoingCall]:
        """As `call`, with a stream: iterate `call.items`, then await `call.result()`. Leaving early cancels it."""
        child = self._running_one(plugin) or await self._usable(plugin)
        route = Route(serving, child.peer)
        prepare = _prepared(child, route, descriptors)
        try:
            async with child.peer.open(
                method, params, window=window, timeout_s=timeout_s, prepare=prepare, grace_ms=self._grace_ms
            ) as call:
                try:
                    yield call
                finally:
                    if not call.is_over:
                        child.give_up(route)
        finally:
            child.leave(route)

    async def supervise(self, command: Command, descriptors: Sequence[int]) -> Process:
        """Start the supervisor of a command; see `SpawnerClient.supervise`."""
        return await self._spawner.supervise(command, descriptors)

    async def warm(self, plugins: Iterable[str]) -> dict[str, str]:
        """Start these side by side; what went wrong, by plugin. None of it is raised: the first call will say it."""
        problems: dict[str, str] = {}

        async def start(plugin: str) -> None:
            try:
                if self._running_one(plugin) is None:
                    await self._usable(plugin)
            except PegboardError as error:
                problems[plugin] = error.message

        async with trio.open_nursery() as nursery:
            for plugin in plugins:
                nursery.start_soon(start, plugin)
        return problems

    def retry(self, plugin: str, *, anew: str = "") -> None:
        """A person wants a plugin that crashed too often to be started again; `anew` says why one that runs is to end,
        too, so that the next call begins another."""
        if post := self._posts.get(plugin):
            post.breaker.forget()
            if anew and post.child is not None:
                post.child.stop(anew)

    def status(self) -> tuple[Status, ...]:
        """Every instance that was ever started, sorted."""
        return tuple(
            status_of(instance, post.child, post.starts, post.breaker.last_words)
            for instance, post in sorted(self._posts.items())
        )

    # Starting.

    def _running_one(self, instance: str) -> Child | None:
        """The process that takes calls, if there is one."""
        post = self._posts.get(instance)
        return post.child if post is not None and post.child is not None and post.child.is_usable else None

    async def _usable(self, instance: str) -> Child:
        """The running process, started where there is none. Raises StartFailed or CircuitOpen."""
        birth: Birth | None = self._births.of(instance)
        post = self._posts.setdefault(instance, _Post())
        async with post.starting:
            while post.child is None or not post.child.is_usable:
                await self._start(post, birth or self._births.of(instance))
                birth = None
            return post.child

    async def _start(self, post: _Post, birth: Birth) -> None:
        now = trio.current_time()
        if post.breaker.is_open(now):
            raise CircuitOpen(
                f"plugin `{birth.instance}` failed {MOST_CRASHES} times within {WINDOW_S / 60:.0f} minutes and is not "
                f"started until some time has passed, or you ask for it: {post.breaker.last_words}"
            )
        await trio.sleep_until(max(now, post.breaker.earliest(now)))
        wiring = msgspec.structs.replace(self._wiring, on_notice=partial(self._hear, birth))
        begun = self._begun.pop(birth.instance, None)
        birth = begun.birth if begun else birth
        child = Child(birth, self._spawner, wiring, post.breaker, begun)
        post.starts += 1
        await self._nursery.start(self._keep, post, child)

    async def _keep(
        self, post: _Post, child: Child, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Own one process. How it fails is a matter of its callers, not of this board."""
        post.child = child
        await child.run(task_status=task_status)

    def _hear(self, birth: Birth, instance: str, notice: Notice) -> None:
        if isinstance(notice, Event) and notice.name == IMPORTED:
            self._bytecode.take(birth.launch, notice)
        else:
            self._wiring.on_notice(instance, notice)

    # Running.

    @asynccontextmanager
    async def _run(self) -> AsyncIterator[None]:
        try:
            async with trio.open_nursery() as outer:
                outer.start_soon(self._spawner.run)
                outer.start_soon(self._bytecode.run)
                try:
                    async with trio.open_nursery() as self._nursery:
                        if self._begun:
                            self._nursery.start_soon(self.warm, list(self._begun))
                        yield
                        for post in self._posts.values():
                            if post.child is not None:
                                post.child.stop("the kernel ends")
                    await self._bytecode.close()
                finally:
                    await self._spawner.close()
        except BaseExceptionGroup as group:
            raise alone(group) from None


def _prepared(child: Child, route: Route, descriptors: Sequence[int]) -> Callable[[int], None]:
    def prepare(call_id: int) -> None:
        if descriptors:
            child.pipes.pass_on(call_id, descriptors)
        child.routes.enter(route, call_id)

    return prepare
