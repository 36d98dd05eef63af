"""One process of a plugin from its start to its end. Whether it should run, and what is called, others decide.

Whoever runs `Child.run` owns the process and nobody else ends it: others set a reason, the owner acts on it.
"""

import signal

import trio
from msgspec import Raw

from pegboard.beginning import Begun
from pegboard.birth import Birth
from pegboard.breaker import Breaker
from pegboard.ending import Interrupted, explain
from pegboard.greeting import check_changed, greet
from pegboard.hello import LIMITS, hello_of
from pegboard.lifecycle import Event, State, follow
from pegboard.patience import HURRIED, LAST_WORDS_S, REAP_S, SILENCE_S, Patience
from pegboard.pipes import Pipes, chunks_of, open_pipes
from pegboard.proxy.door import open_door
from pegboard.proxy.hosts import Refusal
from pegboard.routing import Route, Routes
from pegboard.spawner.client import Process, SpawnerClient
from pegboard.stderr import StderrTail
from pegboard.watch import drain, keep_time
from pegboard.wiring import Wiring
from pegboard_sdk.errors import (
    FlowControl,
    ManifestMismatch,
    PegboardError,
    PluginDown,
    ProtocolViolation,
    StartFailed,
    Unresponsive,
)
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.intake import Side
from pegboard_sdk.wire.messages import Bye, Changed, Error, Log, Result
from pegboard_sdk.wire.peer import Peer
from pegboard_sdk.wire.served import Notice


class Child:
    """`peer` is for calls while `is_usable`; crashes and failed starts are counted in `breaker`."""

    def __init__(
        self, birth: Birth, spawner: SpawnerClient, wiring: Wiring, breaker: Breaker, begun: Begun | None = None
    ) -> None:
        self.state = State.SPAWNING
        self.used_at = trio.current_time()
        self.process: Process
        self._birth = birth
        self._spawner = spawner
        self._wiring = wiring
        self._breaker = breaker
        self.routes = Routes(birth.instance, birth.manifest.uses, wiring.on_call)
        self._tail = StderrTail()
        self._fault: PegboardError | None = None
        self._why_stopped = self._words = ""
        self._ending, self._farewell = trio.Event(), trio.Event()
        self._unheard, self._silent = trio.Event(), trio.Event()
        self._talking = trio.CancelScope()
        self._begun = begun
        self.pipes: Pipes = begun.pipes if begun else open_pipes()
        self._nursery: trio.Nursery
        self.peer = Peer(self.pipes.read, self.pipes.write, side=Side.KERNEL, limits=LIMITS, served=self)

    @property
    def is_usable(self) -> bool:
        """Whether calls may be made."""
        return self.state is State.RUNNING or self.state is State.UNRESPONSIVE

    @property
    def pid(self) -> int:
        """For people who read a log; 0 before it exists."""
        return 0 if self.state is State.SPAWNING else self.process.pid

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Start it, keep it, end it; `task_status` is told when it takes calls.

        Raises StartFailed, when it never did. Returns when it is reaped and nothing of it is left; cancelled, too.
        """
        try:
            if self._begun:
                self.process = self._spawner.adopt(self._begun.number)
            else:
                self.process = await self._spawner.start(self._birth.launch, self.pipes.theirs)
        except BaseException as error:
            self.tell(Event.FAULTED if isinstance(error, PegboardError) else Event.ASKED_TO_STOP)
            self.pipes.close()
            self._count(f"plugin `{self._birth.instance}` could not be started: {error}")
            raise
        self.tell(Event.SPAWNED)
        async with trio.open_nursery() as self._nursery:
            for task in (self._read_stderr, self._talk, self._await_exit):
                self._nursery.start_soon(task)
            if self._birth.hosts is not None:
                self._nursery.start_soon(open_door, self.pipes.passing, self._birth.hosts, self._on_refusal)
            greeted = False
            try:
                await self._greet()
                greeted = self.is_usable
                if greeted:
                    task_status.started()
                    self._nursery.start_soon(keep_time, self, self._wiring.patience, self._birth.manifest.idle_s)
                await self._ending.wait()
            finally:
                with trio.CancelScope(shield=True):
                    await self._end()
                self._nursery.cancel_scope.cancel()
        if not greeted:
            kind = type(self._fault) if isinstance(self._fault, StartFailed) else StartFailed
            raise kind(self._words)

    def tell(self, event: Event) -> None:
        """Something happened to it."""
        self.state = follow(self.state, event)

    def stop(self, why: str) -> None:
        """Ask it to finish what runs, and end it within `Patience`."""
        self._why_stopped = why
        self.tell(Event.ASKED_TO_STOP)
        self._ending.set()

    def fail(self, fault: PegboardError) -> None:
        """End it at once; only the first fault counts."""
        self._fault = self._fault or fault
        self.tell(Event.FAULTED)
        self._ending.set()

    def leave(self, route: Route) -> None:
        """A call's caller is done with it."""
        self.routes.leave(route)
        self.used_at = trio.current_time()

    def give_up(self, route: Route) -> None:
        """A call was interrupted: unless it ends at once, this process is killed with all below it."""
        if route.call_id and self.is_usable:
            self.routes.expect_late(route)
            self._nursery.start_soon(self._kill_unless_ended, route.call_id)

    # What the peer tells.

    async def serve(self, call: InboundCall) -> Raw:
        """Answer the plugin's call."""
        return await self.routes.answer(call)

    def on_notice(self, frame: Notice) -> None:
        """Farewells end it, lists are held against the manifest, all else is passed on."""
        if isinstance(frame, Bye):
            self._farewell.set()
            return
        try:
            if isinstance(frame, Changed):
                check_changed(frame, self._birth.manifest)
        except ManifestMismatch as error:
            self.fail(error)
            return
        self._wiring.on_notice(self._birth.instance, frame)

    def on_late(self, call_id: int, frame: Result | Error) -> None:
        """A call that was given up ended by itself."""
        self._wiring.on_late(self._birth.instance, self.routes.late(call_id), frame)

    def on_unresponsive(self, why: str) -> None:
        """It owes us an end, or does not read."""
        self.fail(Unresponsive(why))

    def _on_refusal(self, refusal: Refusal) -> None:
        self._wiring.on_notice(self._birth.instance, Log(0, 4, f"the proxy: {refusal}"))

    # The tasks.

    async def _talk(self) -> None:
        try:
            with self._talking:
                await self.peer.run()
        except (ProtocolViolation, FlowControl) as error:
            self.fail(error)
        finally:
            self._unheard.set()
        with trio.move_on_after(SILENCE_S):
            await self.process.gone.wait()
            return
        self.fail(PluginDown("it closed its channel and lived on"))

    async def _await_exit(self) -> None:
        await self.process.gone.wait()
        self._farewell.set()
        self._ending.set()

    async def _read_stderr(self) -> None:
        try:
            async for chunk in chunks_of(self.pipes.stderr):
                for level, line in self._tail.feed(chunk, trio.current_time()):
                    self._wiring.on_notice(self._birth.instance, Log(0, level, line))
        finally:
            self._silent.set()

    async def _greet(self) -> None:
        try:
            hello = self._begun.hello if self._begun else hello_of(self._birth)
            await greet(self.peer, self._birth, hello, is_said=self._begun is not None)
        except PegboardError as error:
            with trio.move_on_after(SILENCE_S):  # its own exit says more than our kill
                await self.process.gone.wait()
            self.fail(error)
        else:
            self.tell(Event.GREETED)

    async def _kill_unless_ended(self, call_id: int) -> None:
        await trio.sleep(self._wiring.patience.interrupt_s)
        if self.routes.is_owed(call_id):
            self.fail(Interrupted("a call was interrupted and did not end"))

    # The end.

    async def _end(self) -> None:
        process = self.process
        by_itself = process.gone.is_set()
        if self._fault is None and not process.gone.is_set():
            patience = self._wiring.patience if self._why_stopped else HURRIED
            self.stop(self._why_stopped or "the kernel ends")
            await self._see_off(patience)
        if by_itself:  # what it sent before its end still counts
            with trio.move_on_after(LAST_WORDS_S):
                await self._unheard.wait()
        self._talking.cancel()
        await self._spawner.signal(process, signal.SIGKILL)
        with trio.move_on_after(REAP_S):
            await process.gone.wait()
        with trio.move_on_after(LAST_WORDS_S):
            await self._silent.wait()
        self.tell(Event.EXITED)
        status = process.status if by_itself or self._fault is None else None
        self._words = explain(self._birth.instance, self._fault, status, self._tail.last_words())
        self._count(self._words)
        self.peer.fail(PluginDown(self._words))
        self.pipes.passing.close()

    def _count(self, words: str) -> None:
        """Before any caller hears of it: the next call must find it counted. An interrupt's kill is no crash."""
        if self.state is State.FAILED and not isinstance(self._fault, Interrupted):
            self._breaker.crashed(trio.current_time(), words)

    async def _see_off(self, patience: Patience) -> None:
        """Every step is bounded, and the next one is harder."""
        if not await drain(self.peer, self._why_stopped, self._farewell, patience):
            return
        self._talking.cancel()
        with trio.move_on_after(patience.exit_s):
            await self.process.gone.wait()
        await self._spawner.signal(self.process, signal.SIGTERM)
        with trio.move_on_after(patience.exit_s):
            await self.process.gone.wait()
