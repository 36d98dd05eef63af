"""How much passes without a question, as one table: five levels of autonomy, and the modes in the same terms. Pure.

A gate that is open lets its effects pass unasked, as far as a row of the table knows all that a command does. Rules
that deny or ask still hold, protected names still ask, and whatever runs the project's code passes in a sandbox only.
"""

from enum import Enum
from typing import Final

from msgspec import Struct

from pegboard.gate.verdict import Mode


class Gate(Enum):
    """What a person can let pass as a whole; the values are the keys of configuration."""

    APPLY_EDITS = "apply_edits"
    """Files of the workspace are changed."""
    RUN_TESTS = "run_tests"
    """What the project defines is run: tests, checks, builds."""
    COMMIT = "commit"
    """Work is staged and committed."""
    PUSH = "push"
    """Commits are sent to a configured remote; never by force."""
    FIX_FAILURES = "fix_failures"
    """After a failed run the next try begins unasked. No effect on the world: the turn asks for it."""
    NETWORK = "network"
    """Things are fetched; nothing is sent and nothing installed. No level opens it, since any address may be asked."""


EVERY_GATE: Final = frozenset(Gate)
_OPENED: Final = (
    frozenset[Gate](),
    frozenset({Gate.APPLY_EDITS}),
    frozenset({Gate.RUN_TESTS}),
    frozenset({Gate.COMMIT}),
    frozenset({Gate.PUSH, Gate.FIX_FAILURES}),
)
"""What each level opens beyond the one below it; level 1 asks about everything."""
LEVELS: Final = range(1, len(_OPENED) + 1)
MODES: Final = {
    Mode.PLAN: frozenset[Gate](),
    Mode.ASK: frozenset[Gate](),
    Mode.EDIT: frozenset({Gate.APPLY_EDITS}),
    Mode.AUTO: frozenset({Gate.APPLY_EDITS, Gate.RUN_TESTS}),
    Mode.FULL: EVERY_GATE,
}
"""The gates of each mode. `auto` passes more in a closed room, and `full` whatever no rule denies."""


class Autonomy(Struct, frozen=True):
    """A mode and the gates that are open with it. As a limit: no more than these."""

    mode: Mode
    gates: frozenset[Gate]


def of_level(level: int) -> Autonomy:
    """What a level from 1 to 5 means. Raises ValueError for any other."""
    if level not in LEVELS:
        raise ValueError(f"autonomy is a level from {LEVELS[0]} to {LEVELS[-1]}, not {level}")
    mode = (Mode.ASK, Mode.EDIT, Mode.AUTO)[min(level, 3) - 1]
    return Autonomy(mode, frozenset().union(*_OPENED[:level]))


def level_of(mode: Mode, gates: frozenset[Gate]) -> int:
    """The highest level of which every gate is open; `full` is beyond the levels and counts as the last."""
    opened = MODES[mode] | gates
    return max(level for level in LEVELS if of_level(level).gates <= opened)
