"""Compaction on the wire: what a conversation consists of, as the hook `compact` is shown it, and its answer.

A unit is a message with the results of its calls: they stay, shrink or leave together. All payloads are maps.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import SubjectKind, ToolEntry
from pegboard_sdk.wire.methods import Entry, Payload
from pegboard_sdk.wire.records import Compacted, Message, Outcome, Role, ToolCall, ToolResult
from pegboard_sdk.wire.shrinking import hashed, shrunken, sketched, text_of, told

MOST_UNITS: Final = 20_000
"""The oldest that stand for a decision; what is behind them stays."""
ALL_HEADS: Final = 1_200_000
"""Characters of all texts together, so that they fit into one frame."""
LONGEST_HEAD: Final = 4000
MOST_PATHS: Final = 20
WHOLE: Final = "[All of it, word for word: read_file path=output:{}]"
HANDLE_TOKENS: Final = 40
"""Of the line behind a summary that says how the whole is read back."""


class Kind(StrEnum):
    """What a unit is."""

    REQUEST = "request"
    """What a person said."""
    SAID = "said"
    """What the model said, without calls."""
    CALLED = "called"
    """Calls of the model, with their results."""
    SUMMARY = "summary"
    """What an earlier compaction left."""
    SYSTEM = "system"


class Called(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One call of a unit, and what came of it."""

    tool: str
    outcome: Outcome = Outcome.OK
    effects: tuple[str, ...] = ()
    """Of the tool as it is installed now; empty when it is not."""
    paths: tuple[str, ...] = ()
    """As the model wrote them."""
    arguments: str = ""
    """The beginning of the JSON."""
    result: str = ""
    """The beginning of the text."""
    tokens: int = 0
    """Of the result."""


class Turn(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One unit. `seq` names it; `pinned` says why it stays whatever is planned."""

    seq: int
    kind: Kind
    tokens: int
    less: int = 0
    """So many fewer when it shrinks: of results and of files and images beside what a person said, handles remain."""
    text: str = ""
    """The beginning of what was said."""
    pinned: str = ""
    calls: tuple[Called, ...] = ()


Turns = tuple[Turn, ...]


class Wanted(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The conversation is to shrink. Turns are in their order; the newest may be missing, and stay."""

    turns: tuple[Turn, ...]
    tokens: int
    """Of the next request as it is, about, system prompt and tools included."""
    budget: int
    """The most that it may have afterwards."""
    context: int = 0
    """That the model takes; 0 when unknown."""
    cached: int = 0
    """Of the last request, what the provider had in its cache: what stays as it is at the beginning costs less."""
    must: bool = False
    """Whether it cannot wait: a person wants it, a provider refused, or the context is as good as full."""
    focus: str = ""
    """What a person wants to keep above all."""
    reason: str = ""


class Compaction(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The plan: of the turns up to `through`, those of `keep` stay whole, those of `shrunk` lose what `Turn.less` says,
    which can be read back, and `summary` stands for all others. What is pinned stays, or shrinks."""

    through: int
    keep: tuple[int, ...] = ()
    shrunk: tuple[int, ...] = ()
    summary: str = ""

    def record(self, reason: str, summary: str) -> Compacted:
        """What is journaled of it: the summary as it may be kept."""
        cut = Compacted(through=self.through, keep=self.keep, shrunk=self.shrunk, summary=summary)
        return replace(cut, reason=reason)


class Shown(Struct, frozen=True):
    """A unit as the kernel has it: its message, with the results of its calls behind."""

    seq: int
    entries: tuple[Entry, ...]
    pinned: str = ""
    is_summary: bool = False
    is_fixed: bool = False
    """Whether it cannot even shrink."""


def turns_of(units: Sequence[Shown], tools: Mapping[str, ToolEntry], tokens_of: Callable[[Entry], int]) -> Turns:
    """Units as the hook sees them: the oldest, with the beginnings of their texts."""
    some = units[:MOST_UNITS]
    room = min(LONGEST_HEAD, ALL_HEADS // max(1, len(some)))
    return tuple(_turn(unit, room, tools, tokens_of) for unit in some)


def kept(units: Sequence[Shown], record: Compacted) -> tuple[Compacted, list[bytes]]:
    """A compaction with the handles of what has to be kept before it counts, and that: what shrinks, and as one text
    all that leaves, which the summary says how to read."""
    texts: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        texts[handle := hashed(data)] = data
        return handle

    keeps, shrunk = {*record.keep}, {*record.shrunk}
    free = [unit for unit in units if unit.seq <= record.through and unit.seq not in keeps and not unit.is_fixed]
    gone = [unit for unit in free if unit.seq not in shrunk and not unit.pinned]
    for unit in free:
        if unit.seq in shrunk:
            for entry in unit.entries:
                shrunken(entry, keep)
    if gone:
        handle = keep(told(entry for unit in gone for entry in unit.entries))
        record = replace(record, summary=f"{record.summary}\n{WHOLE.format(handle[:12])}")
    return replace(record, handles=tuple(texts)), list(texts.values())


def fault(asked: Wanted, plan: Compaction) -> str:
    """Why a plan is not carried out; empty when it can be. What is pinned stays whatever it says."""
    known = {turn.seq for turn in asked.turns}
    if strange := {plan.through, *plan.keep, *plan.shrunk} - known:
        return f"it names {min(strange)}, which is no turn that it was shown"
    if gone_by(asked, plan) and not plan.summary.strip():
        return "turns would leave without a summary"
    left = left_by(asked, plan)
    if left >= asked.tokens:
        return "nothing would become shorter"
    return f"{left} tokens would be left, and {asked.budget} is the most" if left > asked.budget else ""


def gone_by(asked: Wanted, plan: Compaction) -> list[Turn]:
    """The turns that the summary stands for."""
    stays = {*plan.keep, *plan.shrunk}
    return [turn for turn in asked.turns if turn.seq <= plan.through and not (turn.pinned or turn.seq in stays)]


def shrunk_by(asked: Wanted, plan: Compaction) -> list[Turn]:
    """The turns that become shorter."""
    shrunk = {*plan.shrunk} - {*plan.keep}
    return [turn for turn in asked.turns if turn.seq <= plan.through and turn.seq in shrunk and turn.less]


def left_by(asked: Wanted, plan: Compaction) -> int:
    """Tokens of the next request once the plan is carried out, about."""
    less = sum(turn.tokens for turn in gone_by(asked, plan)) + sum(turn.less for turn in shrunk_by(asked, plan))
    summary = len(plan.summary.encode("utf-8", "replace")) // 3 + HANDLE_TOKENS if plan.summary else 0
    return asked.tokens - less + summary


def _turn(unit: Shown, room: int, tools: Mapping[str, ToolEntry], tokens_of: Callable[[Entry], int]) -> Turn:
    message, results = unit.entries[0], {one.call: one for one in unit.entries if isinstance(one, ToolResult)}
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    role = message.role if isinstance(message, Message) else Role.ASSISTANT
    each = room // (2 * len(calls) + 1)
    kinds = {Role.USER: Kind.REQUEST, Role.SYSTEM: Kind.SYSTEM, Role.ASSISTANT: Kind.CALLED if calls else Kind.SAID}
    return Turn(
        seq=unit.seq,
        kind=Kind.SUMMARY if unit.is_summary else kinds[role],
        tokens=sum(map(tokens_of, unit.entries)),
        less=0 if unit.is_fixed else sum(_less(entry, tokens_of) for entry in unit.entries),
        text=_head(text_of(message), each),
        pinned=unit.pinned,
        calls=tuple(
            _called(call, results[call.call], tools.get(call.tool), each, tokens_of)
            for call in calls
            if call.call in results
        ),
    )


def _called(
    call: ToolCall, result: ToolResult, entry: ToolEntry | None, room: int, tokens_of: Callable[[Entry], int]
) -> Called:
    return Called(
        tool=call.tool,
        outcome=result.outcome,
        effects=tuple(effect.value for effect in entry.effects) if entry is not None else (),
        paths=_paths(call.arguments, entry),
        arguments=_head(call.arguments, room),
        result=_head(text_of(result), room),
        tokens=tokens_of(result),
    )


def _paths(arguments: str, entry: ToolEntry | None) -> tuple[str, ...]:
    try:
        given = msgspec.json.decode(arguments or "{}", type=JsonObject)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ()
    wanted = [one.param for one in entry.subjects if one.kind is SubjectKind.FILE] if entry is not None else []
    found = [given.get(name) for name in wanted]
    flat = [path for each in found for path in (each if isinstance(each, list) else [each])]
    return tuple(path[:500] for path in flat if isinstance(path, str))[:MOST_PATHS]


def _less(entry: Entry, tokens_of: Callable[[Entry], int]) -> int:
    short = sketched(entry)
    return 0 if short is entry else max(0, tokens_of(entry) - tokens_of(short))


def _head(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(0, room - 1)] + "…"
