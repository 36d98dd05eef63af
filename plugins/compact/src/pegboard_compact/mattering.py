"""What matters whatever its age, and how much: the kinds of turns that stay whole as long as there is room. Pure."""

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from pegboard_sdk import Called, Kind, Outcome
from pegboard_sdk.wire.compacting import Turn

TASKS: Final = "todo_write"
ASKED: Final = "ask_user"
_LONG: Final = 600
"""A statement is short: in longer texts such words prove nothing."""
_SAID: Final = re.compile(
    r"\b(?:decid\w+|decision|settled on|agreed|we(?:'ll| will| shall) (?:use|keep|go)|instead of|rather than|"
    r"never|always|must(?: not|n't)?|prefer\w*|do(?: not|n't) (?:use|touch|change)|from now on|constraint|"
    r"require[ds]?|root cause|turns out|remember|convention|entschieden|entscheid\w+|immer|niemals|bevorzug\w+)\b",
    re.IGNORECASE,
)


class Weight(IntEnum):
    """Why a turn matters, the most first."""

    REQUEST = 0
    TASKS = 1
    UNVERIFIED = 2
    ANSWER = 3
    ERROR = 4
    DECISION = 5


def weights(turns: Sequence[Turn]) -> dict[int, Weight]:
    """What matters, by number: what people said and answered, the list of tasks, writes that nothing was run after,
    errors that nothing has put right, and decisions and preferences, as far as words tell."""
    found: dict[int, Weight] = {}
    put_right: set[tuple[str, tuple[str, ...]]] = set()
    has_tasks = is_verified = False
    for turn in reversed(turns):
        reasons = [Weight.REQUEST] if turn.kind in (Kind.REQUEST, Kind.SYSTEM) else []
        if turn.kind is not Kind.SUMMARY and decides(turn.text):
            reasons.append(Weight.DECISION)
        for call in turn.calls:
            if call.tool == ASKED:
                reasons.append(Weight.ANSWER)
            if call.tool == TASKS and not has_tasks:
                reasons.append(Weight.TASKS)
                has_tasks = True
            if "write" in call.effects and "exec" not in call.effects and not is_verified:
                reasons.append(Weight.UNVERIFIED)
            if _failed(call) and (call.tool, call.paths) not in put_right:
                reasons.append(Weight.ERROR)
            if call.outcome is Outcome.OK:
                put_right.add((call.tool, call.paths))
        is_verified = is_verified or any(_verifies(call) for call in turn.calls)
        if reasons:
            found[turn.seq] = min(reasons)
    return found


def decides(text: str) -> bool:
    """Whether a text is a short one that says what was decided, or how somebody wants things."""
    return len(text) <= _LONG and _SAID.search(text) is not None


def _failed(call: Called) -> bool:
    return call.outcome in (Outcome.FAILED, Outcome.UNKNOWN)


def _verifies(call: Called) -> bool:
    return call.outcome is Outcome.OK and "exec" in call.effects
