"""Which turns stay whole, which lose their results, and which a summary stands for: by kind and age. Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from pegboard_compact.settings import Settings
from pegboard_sdk import Called, Compaction, Kind, Outcome, Wanted
from pegboard_sdk.wire.compacting import NOTE_TOKENS, Turn, leaves, left_by

NEWEST: Final = 2
"""So many of the newest turns stay, however large."""
WORTH: Final = 2 * NOTE_TOKENS
"""Results of fewer tokens are left alone."""
DRAFT: Final = "-"


def decided(asked: Wanted, settings: Settings) -> Compaction | None:
    """The plan, with `DRAFT` for its summary where one is needed; None when it is not worth it, or cannot be done."""
    goal = min(int(settings.target * (asked.context or asked.tokens)), asked.budget)
    old = [turn for turn in asked.turns[: _first_recent(asked.turns, settings.recent * goal)] if not turn.pinned]
    if not old:
        return None
    matters = important(asked.turns)
    plan = _planned(asked, old, goal, matters, settings)
    if left_by(asked, plan) > asked.budget:
        plan = _planned(asked, old, goal, frozenset(), settings)
    won = asked.tokens - _left(asked, plan, settings)
    if _left(asked, plan, settings) > asked.budget or won < max(1, settings.gain * asked.tokens):
        return None
    return plan


def gone(asked: Wanted, plan: Compaction) -> list[Turn]:
    """The turns that the summary is to stand for."""
    return [turn for turn in asked.turns if leaves(turn, plan)]


def important(turns: Sequence[Turn]) -> frozenset[int]:
    """What matters whatever its age: what people said and answered, the list of tasks, writes that nothing was run
    after, and errors that nothing has put right."""
    stays: set[int] = set()
    put_right: set[tuple[str, tuple[str, ...]]] = set()
    has_tasks = is_verified = False
    for turn in reversed(turns):
        if turn.kind in (Kind.REQUEST, Kind.SYSTEM):
            stays.add(turn.seq)
        for call in turn.calls:
            is_tasks, is_ok = call.tool == "todo_write", call.outcome is Outcome.OK
            unverified = "write" in call.effects and "exec" not in call.effects and not is_verified
            failed = call.outcome in (Outcome.FAILED, Outcome.UNKNOWN) and (call.tool, call.paths) not in put_right
            if call.tool == "ask_user" or (is_tasks and not has_tasks) or unverified or failed:
                stays.add(turn.seq)
            has_tasks = has_tasks or is_tasks
            if is_ok:
                put_right.add((call.tool, call.paths))
        is_verified = is_verified or any(_verifies(call) for call in turn.calls)
    return frozenset(stays)


def _verifies(call: Called) -> bool:
    return call.outcome is Outcome.OK and "exec" in call.effects


def _first_recent(turns: Sequence[Turn], room: float) -> int:
    """Where the newest turns begin that stay whole."""
    index = len(turns)
    while index and (len(turns) - index < NEWEST or turns[index - 1].tokens <= room):
        index -= 1
        room -= turns[index].tokens
    return index


def _planned(asked: Wanted, old: Sequence[Turn], goal: int, matters: frozenset[int], settings: Settings) -> Compaction:
    free = [turn for turn in old if turn.seq not in matters]
    plan = Compaction(through=old[-1].seq, keep=tuple(turn.seq for turn in old))
    size = asked.tokens
    sizes = {turn.seq: sum(max(0, call.tokens - NOTE_TOKENS) for call in turn.calls) for turn in free}
    ranked = sorted(enumerate(free), key=lambda each: -sizes[each[1].seq] * (len(free) - each[0]))
    shrunk: set[int] = set()
    for _, turn in ranked:
        if size > goal and sizes[turn.seq] >= WORTH:
            shrunk.add(turn.seq)
            size -= sizes[turn.seq]
    left: set[int] = set()
    for turn in free:
        if size + (settings.summary_tokens if left else 0) <= goal:
            break
        left.add(turn.seq)
        size -= turn.tokens - (sizes[turn.seq] if turn.seq in shrunk else 0)
    shrunk -= left
    keep = tuple(turn.seq for turn in old if turn.seq not in left | shrunk)
    return replace(plan, keep=keep, shrunk=tuple(sorted(shrunk)), summary=DRAFT if left else "")


def _left(asked: Wanted, plan: Compaction, settings: Settings) -> int:
    return left_by(asked, plan) + (settings.summary_tokens if plan.summary else 0)
