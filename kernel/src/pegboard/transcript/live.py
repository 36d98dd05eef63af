"""What a model is sent, folded from the journal's records. Pure: it reads no file, and changes only by `apply`."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from pegboard.transcript.account import Account
from pegboard.transcript.compaction import Change, Swap, changes, is_pinned
from pegboard.transcript.tokens import Estimator, size_of
from pegboard.transcript.unit import Unit, border, repair
from pegboard_sdk.wire.conversation import EMPTY, extended
from pegboard_sdk.wire.methods import Base, Entry
from pegboard_sdk.wire.records import (
    AnyRecord,
    Closed,
    Compacted,
    Evicted,
    Init,
    Message,
    Rewound,
    Role,
    Titled,
    ToolCall,
    ToolResult,
    ToolUse,
    Usage,
)

REQUEST: Final = "the user's request"
"""Why the latest message of the user stays; the kernel pins those that must stay beyond it."""


class Transcript:
    """The live part of a session. Appending costs the same however long the session is."""

    def __init__(self) -> None:
        self.estimator: Final = Estimator()
        self.generation = 0
        """Changes whenever something left: what a provider holds is then another conversation."""
        self.session = ""
        self.turn = 0
        """Of the newest message."""
        self.account: Final = Account()
        self.end: Closed | None = None
        """How the last run ended, until something follows."""
        self.title = ""
        self.ignored = 0
        """Results that answer no open call: late, twice, or of calls that plugins made."""
        self._pinned: list[Unit] = []
        self._droppable: deque[Unit] = deque()
        self._request: Unit | None = None
        self._open: deque[Unit] = deque()  # from the first unit with an unanswered call on
        self._started: dict[str, ToolUse] = {}
        self._flat: list[Entry] | None = []
        self._base = EMPTY
        self._size = 0
        self._counted: tuple[int, int] | None = None  # a provider's count of tokens, and our size at that moment
        self._swaps: list[Swap] = []  # what each compaction did, for taking it back

    def apply(self, record: AnyRecord, seq: int) -> None:
        """Take record number `seq` of the journal."""
        self.account.take(record)
        match record:
            case Evicted():
                self._evict(record.through)
            case Message():
                self.turn = max(self.turn, record.turn)
                self._message(record, seq)
            case ToolResult():
                self._result(record, seq)
            case ToolUse():
                self._started[record.call] = record
            case Rewound():
                self._rewind(record.to)
            case Compacted():
                self._compact(record, seq)
            case Titled():
                self.title = record.title
            case Init():
                self.session = record.session
            case _:
                pass
        self.end = record if isinstance(record, Closed) else None

    def _message(self, message: Message, seq: int) -> None:
        calls = tuple(part for part in message.parts if isinstance(part, ToolCall))
        unit = Unit(seq=seq, message=message, calls=calls, results=[None] * len(calls), missing=len(calls))
        unit.size, unit.prompt = size_of(message), self.account.prompts
        if message.usage is not None:
            self._count(message.usage, unit.size)
        if message.role is Role.USER:
            self._request = unit
        self._open.append(unit)
        self._settle()

    def _result(self, result: ToolResult, seq: int) -> None:
        for unit in self._open:
            for index, call in enumerate(unit.calls):
                if call.call == result.call and unit.results[index] is None:
                    unit.results[index] = result
                    unit.missing -= 1
                    unit.answered = seq
                    unit.size += size_of(result)
                    self._started.pop(result.call, None)
                    self._settle()
                    return
        self._started.pop(result.call, None)
        self.ignored += 1

    def _settle(self) -> None:
        """Move what is answered, up to the first unit that is not, to where a provider can be sent it."""
        while self._open and not self._open[0].missing:
            unit = self._open.popleft()
            if is_pinned(unit):
                self._pinned.append(unit)
            else:
                self._droppable.append(unit)
            self._size += unit.size
            if self._flat is not None:
                self._flat.extend(unit.entries)

    def _count(self, usage: Usage, size: int) -> None:
        if usage.estimated or not usage.input:
            return
        if self._counted is not None and self._size > self._counted[1]:
            # The system prompt and the tools are in both counts, so the difference is the transcript's alone.
            self.estimator.observe(self._size - self._counted[1], usage.input - self._counted[0])
        self._counted = (usage.input, self._size)

    @property
    def tokens(self) -> int:
        """Tokens that the next request will be about: the provider's last count, and an estimate of what came since.

        Before the first count this is the transcript alone, without system prompt and tools.
        """
        if self._counted is None:
            return self.estimator.estimate(self._size)
        tokens, size = self._counted
        return max(0, tokens + self.estimator.estimate(self._size - size))

    def entries(self) -> Sequence[Entry]:
        """What a provider is sent: each call has exactly one result, directly behind its message.

        Ends before the first message with an unanswered call; `repairs` says what is missing. Do not change it.
        """
        if self._flat is None:
            self._flat = [entry for unit in self.units() for entry in unit.entries]
            self._base = EMPTY
        return self._flat

    def base(self) -> Base:
        """The name of `entries()` as a whole; each entry is hashed once a generation."""
        entries = self.entries()
        for index in range(self._base.count, len(entries)):
            self._base = extended(self._base, entries[index])
        return self._base

    def since(self, base: Base) -> tuple[Entry, ...]:
        """The entries that a provider which holds `base` (of this generation) does not have."""
        return tuple(self.entries()[base.count :])

    def units(self) -> list[Unit]:
        """What `entries` are made of, in order."""
        return sorted(self._live(), key=lambda unit: unit.seq)

    def _live(self) -> list[Unit]:
        return [*self._pinned, *self._droppable]

    def pins(self) -> tuple[tuple[int, str], ...]:
        """The records that will not be evicted, each with the reason."""
        found = [(unit.seq, unit.message.pinned or unit.message.role.value) for unit in self._pinned]
        request = self._request
        if request is not None and not request.message.pinned:
            found.append((request.seq, REQUEST))
        return tuple(found)

    def requests(self) -> tuple[Unit, ...]:
        """What the user said, oldest first."""
        said = [unit for unit in (*self._live(), *self._open) if unit.message.role is Role.USER and unit.prompt]
        return tuple(sorted(said, key=lambda unit: unit.seq))

    def _evict(self, through: int) -> None:
        droppable, before, spared = self._droppable, self._size, list[Unit]()
        while droppable and droppable[0].seq <= through:
            unit = droppable.popleft()
            if unit is self._request:
                spared.append(unit)
            else:
                self._size -= unit.size
        droppable.extendleft(spared)
        if self._size < before:
            self._flat = None
            self.generation += 1

    @property
    def compaction(self) -> int:
        """The record of the last compaction that counts; 0 when there is none."""
        undone = {swap.undoes for swap in self._swaps}
        return max((swap.seq for swap in self._swaps if not swap.undoes and swap.seq not in undone), default=0)

    def _compact(self, record: Compacted, seq: int) -> None:
        change = changes(self.units(), record, self._request)
        if record.undoes:
            last = self.compaction
            change = {n: unit for s in self._swaps if s.seq == record.undoes == last for n, unit in s.was.items()}
        if change:
            self._swaps.append(Swap(seq, self._put(change), record.undoes))
            self._changed()

    def _put(self, change: Change) -> Change:
        """Let units take the place of others, or leave. What takes that back."""
        before = {unit.seq: unit for unit in self._live()}
        after = sorted((unit for unit in {**before, **change}.values() if unit), key=lambda unit: unit.seq)
        if self._request is not None:
            self._request = change.get(self._request.seq) or self._request
        self._pinned = [unit for unit in after if is_pinned(unit)]
        self._droppable = deque(unit for unit in after if not is_pinned(unit))
        return {number: before.get(number) for number in change}

    def _rewind(self, to: int) -> None:
        """Let go of everything behind `to`, pinned or not, and of what a call at the border would be parted from."""
        swaps, last = self._swaps, border((known := [*self._live(), *self._open]), to)
        while swaps and swaps[-1].seq > last:
            self._put(swaps.pop().was)
            last = border([*self._live(), *self._open], last)
        now = [*self._live(), *self._open]
        stays = sorted((unit for unit in now if unit.seq <= last), key=lambda unit: unit.seq)
        if now == known and len(stays) == len(now):
            return
        self._open.clear()
        self._started.clear()
        self._pinned = [unit for unit in self._pinned if unit.seq <= last]
        self._droppable = deque(unit for unit in self._droppable if unit.seq <= last)
        self._request = next((u for u in reversed(stays) if u.message.role is Role.USER and u.prompt), None)
        self._changed()

    def _changed(self) -> None:
        """Something left: count again, and begin another conversation."""
        self._size = sum(unit.size for unit in self._live())
        self._flat = None
        self.generation += 1

    def repairs(self) -> tuple[ToolResult, ...]:
        """The results to journal and apply before a session goes on whose process ended with calls unanswered."""
        return tuple(
            repair(call, self._started.get(call.call), unit.message.turn)
            for unit in self._open
            for call, result in zip(unit.calls, unit.results, strict=True)
            if result is None
        )
