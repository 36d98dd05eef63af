"""Which turns stay whole, which shrink, and which a summary stands for: by kind, age and price. Pure."""

from collections.abc import Iterator, Sequence, Set
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from pegboard_compact.mattering import Weight, weights
from pegboard_compact.price import Price, price
from pegboard_compact.settings import Level, Settings
from pegboard_sdk import Compaction, Wanted
from pegboard_sdk.wire.compacting import HANDLE_TOKENS, Turn, gone_by, left_by

NEWEST: Final = 2
"""So many of the newest turns stay, however large."""
WORTH: Final = 80
"""What would be fewer tokens is not shrunk: handles cost some, too."""
DRAFT: Final = "-"
SPARED: Final = (0.0, 0.25, 0.5)
"""So much of the old turns, from the first on, is tried to be left as it is, for the cache."""
MATTERING: Final = 0.5
"""So much of what is to be left may belong to old turns that matter; behind the newest of them they may shrink."""


class Room(Struct, frozen=True):
    """What plans are made of: old turns, how much is to be left, and what matters."""

    asked: Wanted
    old: tuple[Turn, ...]
    goal: int
    matters: dict[int, Weight]
    settings: Settings
    level: Level


def decided(asked: Wanted, settings: Settings, level: Level | None = None) -> Compaction | None:
    """The plan, with `DRAFT` for its summary where one is needed; None when it cannot be done, or does not pay and may
    wait."""
    goal = min(int(settings.target * (asked.context or asked.tokens)), asked.budget)
    old = asked.turns[: _first_recent(asked.turns, settings.recent * goal)]
    room = Room(asked, old, goal, weights(asked.turns), settings, level or settings.level)
    plans = [(plan, _price(room, plan)) for plan in _plans(room)]
    fitting = [(plan, cost) for plan, cost in plans if cost.left <= asked.budget and cost.left < asked.tokens]
    if not asked.must:
        least = asked.tokens - max(1.0, settings.gain * asked.tokens)
        fitting = [(plan, cost) for plan, cost in fitting if cost.pays and cost.left <= least]
    # Of the same level: where a lighter one reaches the goal, no heavier is tried.
    return min(fitting, key=lambda each: each[1].per_request)[0] if fitting else None


def _first_recent(turns: Sequence[Turn], room: float) -> int:
    """Where the newest turns begin that stay whole."""
    index = len(turns)
    while index and (len(turns) - index < NEWEST or turns[index - 1].tokens <= room):
        index -= 1
        room -= turns[index].tokens
    return index


def _plans(room: Room) -> Iterator[Compaction]:
    """One for each start that is tried, of the lightest level that reaches the goal; at last one that only fits."""
    whole = sum(turn.tokens for turn in room.old)
    reaching = list[Compaction]()
    for share in SPARED:
        start, before = 0, 0
        while start < len(room.old) and before + room.old[start].tokens <= share * whole:
            before += room.old[start].tokens
            start += 1
        reaching += _from(room, room.old[start:], room.goal)
    lightest = [plan for plan in reaching if not plan.summary and _left(room, plan) <= room.goal]
    yield from lightest or reaching
    budget = room.asked.budget
    if not any(_left(room, plan) <= budget for plan in reaching):
        bare = replace(room, matters={})
        recent = room.asked.turns[len(room.old) :]
        yield from _from(bare, room.old, budget)
        yield from _from(bare, room.old, budget, recent)


def _from(room: Room, old: Sequence[Turn], goal: int, recent: Sequence[Turn] = ()) -> Iterator[Compaction]:
    """The plan that leaves the goal, as far as it can, and touches only these turns; `recent` ones at most shrink."""
    held = _held(room, old)
    size, shrunk = _shrink([turn for turn in old if turn.seq not in held], room.asked.tokens, goal)
    left: set[int] = set()
    if size > goal and room.level is not Level.LIGHT:
        size, left = _fold(room, old, size, goal, shrunk)
    if size > goal:
        size, more = _shrink([turn for turn in old if turn.seq in held], size, goal)
        shrunk |= more
    shrunk = (shrunk - left) | _shrink(recent, size, goal)[1]
    if touched := left | shrunk:
        yield Compaction(
            through=(*old, *recent)[-1].seq,
            keep=tuple(turn.seq for turn in room.asked.turns if turn.seq not in touched),
            shrunk=tuple(sorted(shrunk)),
            summary=DRAFT if any(not turn.pinned for turn in old if turn.seq in left) else "",
        )


def _held(room: Room, old: Sequence[Turn]) -> Set[int]:
    """What matters and stays whole: by weight, then the newest, while there is room for it."""
    ranked = sorted((turn for turn in old if turn.seq in room.matters), key=lambda t: (room.matters[t.seq], -t.seq))
    left, held = MATTERING * room.goal, set[int]()
    for turn in ranked:
        if turn.tokens <= left or (turn.pinned and turn.less < WORTH):
            held.add(turn.seq)
            left -= 0 if turn.pinned else turn.tokens
    return held


def _shrink(turns: Sequence[Turn], size: int, goal: int) -> tuple[int, set[int]]:
    """What shrinks, the oldest and largest first, until the goal is reached."""
    ranked = sorted(enumerate(turns), key=lambda each: -each[1].less * (len(turns) - each[0]))
    shrunk: set[int] = set()
    for _, turn in ranked:
        if size > goal and turn.less >= WORTH:
            shrunk.add(turn.seq)
            size -= turn.less
    return size, shrunk


def _fold(room: Room, old: Sequence[Turn], size: int, goal: int, shrunk: Set[int]) -> tuple[int, set[int]]:
    """What leaves, the oldest first, until the goal is reached; what matters only when nothing else is left."""
    left: set[int] = set()
    size += room.settings.summary_tokens + HANDLE_TOKENS
    for turn in (turn for turn in old if not turn.pinned and turn.seq not in room.matters):
        if size <= goal:
            break
        left.add(turn.seq)
        size -= turn.tokens - (turn.less if turn.seq in shrunk else 0)
    return (size, left) if left else (size - room.settings.summary_tokens - HANDLE_TOKENS, left)


def _left(room: Room, plan: Compaction) -> int:
    return left_by(room.asked, plan) + (room.settings.summary_tokens if plan.summary else 0)


def _price(room: Room, plan: Compaction) -> Price:
    is_told = plan.summary and room.level is Level.HEAVY and room.settings.model
    told = sum(turn.tokens for turn in gone_by(room.asked, plan)) if is_told else 0
    return price(room.asked, plan, told, room.settings)
