"""One session held for people: who watches, what waits to go in, and the agent that works through it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio

from pegboard.agent import Agent
from pegboard.ending import alone
from pegboard.fronts.audience import Attentive, Audience, FrontEnd
from pegboard.fronts.orders import BY, MARK, run_order, with_mode
from pegboard.fronts.saying import message_of
from pegboard.fronts.waiting import Said as Entry
from pegboard.fronts.waiting import Waiting
from pegboard.kernel import Kernel, Start
from pegboard.transcript.history import history_of
from pegboard.transcript.standing import Standing
from pegboard_sdk.errors import InvalidParams, PegboardError
from pegboard_sdk.wire.fronting import Completions, Prompted, Said, Status, When
from pegboard_sdk.wire.records import Closed, Message, Switched


class Conversation:
    """Lives as long as the program; `agent` is the session's that is being held, and changes with `switch`.

    `run` and `suggest` are the slash commands; `mention` adds the files that a message mentions, as whose order.
    """

    def __init__(
        self,
        kernel: Kernel,
        start: Start,
        *,
        run: Callable[["Conversation", str], Awaitable[Said]],
        suggest: Callable[["Conversation", str], Awaitable[Completions]],
        mention: Callable[[Agent, Message, str], Awaitable[Message]],
    ) -> None:
        self.agent: Agent
        self.start = start
        self.audience = Audience()
        self.waiting = Waiting()
        self.closed: Closed | None = None  # how the last run ended
        self._kernel = kernel
        self._run, self._suggest, self._mention = run, suggest, mention
        self._changed = trio.Event()
        self._standing = Standing(self._stir)
        self.audience.attach(self._standing)
        self._orders: set[trio.CancelScope] = set()
        self._serving = trio.CancelScope()
        self._nursery: trio.Nursery

    @asynccontextmanager
    async def held(self) -> AsyncIterator["Conversation"]:
        """Open the session, work through what is said, and let go of it. Raises as `Kernel.open` does."""
        self.agent = await self._kernel.open(self.start, self.audience)
        try:
            async with trio.open_nursery() as self._nursery:
                await self._nursery.start(self._serve, self.agent)
                yield self
                self._nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            raise alone(group) from None
        finally:
            self.agent.close()

    # Who watches.

    async def attach(self, front: FrontEnd) -> None:
        """Show a front-end how the session was opened, what was before where it draws that, and what happens now."""
        if isinstance(front, Attentive):
            self.audience.attach(front)
            await self._replay(front, anew=False)
        else:
            self.agent.attach(front)

    def detach(self, front: FrontEnd) -> None:
        """Show it nothing more. Nothing else ends by that."""
        self.audience.detach(front)
        self.audience.stir()

    async def redraw(self) -> None:
        """What is on the screens is of the past: all front-ends begin anew."""
        for front in tuple(self.audience.attentive):
            await self._replay(front)

    def renew(self, front: Attentive) -> None:
        """A front-end fell behind and begins anew."""
        self._nursery.start_soon(self._replay, front)

    async def _replay(self, front: Attentive, *, anew: bool = True) -> None:
        session = self.agent.session
        front.forget()
        session.introduce(front)
        front.begin(await history_of(session.journal.folder, session.journal.seq), anew=anew)
        self.audience.stir()

    # What people do.

    async def prompt(self, said: Prompted, *, by: str = BY) -> None:
        """Take what was said `by` whom. Returns when it is in the journal or kept until it is. Raises InvalidParams."""
        if by and said.text.startswith(MARK):
            self._orders.add(scope := trio.CancelScope())
            self._nursery.start_soon(self._order, said.text, scope)
            return
        if not said.text.strip() and not said.attachments:
            raise InvalidParams("the prompt is empty")
        session = self.agent.session
        message = await self._mention(self.agent, await message_of(said, session.journal.blobs), by)
        before = session.transcript.account.prompts
        goes_in = not self.busy or (self._standing.is_closing and not self._orders and not self.waiting)
        self.waiting.add(Entry(said.text, message), When.QUEUE if goes_in else said.when, kept=not goes_in)
        self._stir()
        while goes_in and session.transcript.account.prompts == before and self.busy:
            await self._changed.wait()

    def take_back(self) -> str:
        """The newest prompt that had not gone in yet, and now will not; empty when there is none."""
        text = self.waiting.take_back()
        self._stir()
        return text

    def interrupt(self) -> bool:
        """Stop what runs; whether anything did."""
        hit = [scope.cancel() for scope in self._orders]
        return self.agent.session.interrupt() or bool(hit)

    async def command(self, line: str) -> Said:
        """Run a slash command; what went wrong is said, not raised."""
        try:
            return await self._run(self, line)
        except PegboardError as error:
            return Said(text=error.message, failed=True)

    async def complete(self, text: str) -> Completions:
        """What could stand at the end of a line."""
        return await self._suggest(self, text)

    def status(self) -> Status:
        """How the session stands."""
        agent, standing, target = self.agent, self._standing, self.agent.model.target
        return Status(
            session=agent.session.id,
            workspace=agent.session.workspace,
            title=agent.session.transcript.title,
            model=target.name,
            effort=target.effort,
            mode=agent.dispatcher.approval.policy.reach.name.lower(),
            tier=self.start.audit.genesis.tier,
            context_used=agent.model.tokens,
            context_size=target.context,
            usage=agent.session.transcript.account.usage,
            cost=agent.session.transcript.account.cost,
            busy=self.busy,
            doing=standing.doing,
            seconds=round(standing.seconds, 1),
            steering=self.waiting.texts(When.STEER),
            queued=self.waiting.texts(When.QUEUE),
            plugins=self._kernel.running(),
            fronts=len(self.audience.attentive),
        )

    @property
    def busy(self) -> bool:
        """Whether something runs or waits."""
        return bool(self._standing.busy or self._orders or self.waiting)

    async def idle(self) -> None:
        """Return once it is not busy."""
        while self.busy:
            await self._changed.wait()

    # What changes the session.

    def set_mode(self, mode: str) -> None:
        """Let this pass without a question. Raises InvalidParams, and PermissionDenied beyond what is permitted."""
        approval = self.agent.dispatcher.approval
        approval.given = with_mode(approval.given, mode)
        self.agent.session.record(Switched(mode=mode))
        self._stir()

    def set_model(self, name: str, effort: str = "") -> None:
        """From the next turn on, ask this model; see `Model.switch`."""
        self.agent.model.switch(name, effort)
        self._stir()

    async def switch(self, start: Start, *, reason: str = "") -> None:
        """Hold another session instead: new, resumed or forked. What runs is interrupted, the front-ends stay.
        Raises as `Kernel.open` does; then the session stays the one that it was."""
        self.interrupt()
        while self._standing.busy or self._orders:
            await self._changed.wait()
        agent = await self._kernel.open(start, self.audience)
        self._serving.cancel()
        old, self.agent, self.start, self._standing.title = self.agent, agent, start, ""
        for front in self.audience:
            if not isinstance(front, Attentive):
                agent.session.introduce(front)
        old.close()  # and not before: whoever takes the old session now finds nothing of ours in its place
        await self._nursery.start(self._serve, agent)
        await self.redraw()

    # The agent's life.

    async def _serve(self, agent: Agent, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        with trio.CancelScope() as self._serving:
            async with trio.open_nursery() as nursery:
                if agent.session.notary is not None:
                    nursery.start_soon(agent.session.notary.run)
                task_status.started()
                while True:
                    await self._work(agent, await self._next())

    async def _next(self) -> Entry:
        while (entry := self.waiting.next()) is None:
            await self._changed.wait()
        self._standing.begin()
        return entry

    async def _work(self, agent: Agent, entry: Entry) -> None:
        try:
            if entry.asks:
                self.audience.stir()
                self.closed = await agent.prompt(entry.message, self.waiting)
            else:
                agent.session.record(entry.message)
                await agent.session.settle()
        finally:
            self.waiting.settle()
            self._standing.end()
            self._stir()

    async def _order(self, line: str, scope: trio.CancelScope) -> None:
        with scope:
            try:
                message = await run_order(self.agent, line)
                if message is not None:
                    self.waiting.add(Entry(line, message, asks=False), When.STEER)
            except PegboardError as error:
                self.agent.session.fail(error.code, error.message)
            finally:
                self._orders.discard(scope)
                self._stir()

    def _stir(self) -> None:
        """Something changed: whoever waits looks again, and every status line is drawn anew."""
        self._changed.set()
        self._changed = trio.Event()
        self.audience.stir()
