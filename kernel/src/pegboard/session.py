"""One session: its journal, its transcript and who watches. It keeps them in step, and decides nothing."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio
from msgspec import Raw, Struct

from pegboard.audit.notary import Notary
from pegboard.audit.redactor import Identity, Redactor, redacted
from pegboard.fronts.audience import Audience, FrontEnd
from pegboard.journal import Journal
from pegboard.transcript import Transcript
from pegboard_sdk.wire.records import AnyRecord, Delta, Failure, ToolUse

R = TypeVar("R", bound=AnyRecord)


class Limits(Struct, frozen=True, kw_only=True):
    """Where a run stops by itself; 0 and None mean no limit. `seconds` is wall time without questions."""

    turns: int = 0
    tokens: int = 0
    seconds: float = 0
    budget: float | None = None


class Session:
    """A conversation that is being held. One writer: the journal's lock is held while this exists."""

    def __init__(
        self, *, journal: Journal, transcript: Transcript, workspace: str, name: str, audience: Audience | None = None
    ) -> None:
        self.name = name
        """What plugins know it by; empty for a single call, which nothing came before."""
        self.journal = journal
        self.transcript = transcript
        self.workspace = workspace
        self.redactor: Redactor = Identity()
        self.notary: Notary | None = None
        """Seals what was recorded, where an auditor is to check it."""
        self.call_model: Callable[[Served, Raw], Awaitable[Raw]] | None = None
        """Answers what plugins ask of models beside the conversation, where there is one."""
        self.signals: Callable[[AnyRecord], None] | None = None
        """Hears each record, where somebody wants to know how the session stands."""
        self.audience = audience or Audience()
        self._opening: list[AnyRecord] = []
        self._interruption: trio.CancelScope | None = None

    @property
    def id(self) -> str:
        """The session's id; ids sort by time."""
        return self.journal.session

    def attach(self, front: FrontEnd) -> None:
        """Show a front-end how the session was opened and what happens from now on, and let it answer."""
        self.introduce(front)
        self.audience.attach(front)

    def introduce(self, front: FrontEnd) -> None:
        """Show a front-end how the session was opened."""
        for record in self._opening:
            front.show(record)

    def opened(self, record: AnyRecord) -> None:
        """Say of the opening, for each front-end that is attached later; the journal has it, or need not."""
        self._opening.append(record)

    def record(self, record: R) -> R:
        """Write a record to the journal, fold it into the transcript, show it. Durable after the next `settle`.

        Here secrets are taken out of it, once for all of them; the record as it was kept is given back.
        """
        record = redacted(record, self.redactor)
        self.transcript.apply(record, self.journal.append(record))
        if self.notary is not None:
            self.notary.note(record)
        if self.signals is not None:
            self.signals(record)
        self.audience.show(record)
        return record

    def show(self, delta: Delta) -> None:
        """Show a piece of something on its way; the journal gets the whole later."""
        self.audience.show(delta)

    def fail(self, code: str, message: str, plugin: str = "") -> None:
        """Record something that went wrong and that the session survives."""
        self.record(Failure(code=code, message=message, plugin=plugin))

    async def settle(self) -> None:
        """Return once all that was recorded is on disk, and sealed where it must be. Raises as those do."""
        await self.journal.sync()
        if self.notary is not None:
            await self.notary.settle()

    def interrupt(self) -> bool:
        """Stop what runs, if anything does: streams and calls end, and the transcript stays one that providers take."""
        if self._interruption is None:
            return False
        self._interruption.cancel()
        return True

    def interruptible(self) -> trio.CancelScope:
        """A scope that `interrupt` cancels. One at a time."""
        self._interruption = trio.CancelScope()
        return self._interruption

    def idle(self) -> None:
        """Nothing runs that could be interrupted."""
        self._interruption = None


class Served(Struct, frozen=True, eq=False, kw_only=True):
    """What of a session a plugin serves with a call, for the calls that it makes meanwhile: `use` is that of a tool;
    of a hook or a command it has just the name."""

    session: Session
    use: ToolUse
