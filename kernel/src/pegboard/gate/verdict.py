"""What the gate can say. The values form a lattice, deny over ask over allow, and are combined by their maximum."""

from enum import IntEnum

from msgspec import Struct


class Verdict(IntEnum):
    """Ordered by severity: combining judgements takes the maximum."""

    ALLOW = 0
    ASK = 1
    DENY = 2


class Mode(IntEnum):
    """How much passes without a question; ordered from narrow to wide, so that a cap is a minimum."""

    PLAN = 0
    ASK = 1
    EDIT = 2
    AUTO = 3
    FULL = 4


class Decision(Struct, frozen=True, kw_only=True):
    """A judgement with its grounds. `rule` is the rule that decided (with its source), empty when none did."""

    verdict: Verdict
    reason: str
    rule: str = ""
    effects: tuple[str, ...] = ()
    argv: tuple[tuple[str, ...], ...] = ()
    """The argv lists that run if it is allowed, for commands that need no shell."""
    remember: str = ""
    """The narrowest rule that would have allowed it: what a remembered answer would add."""
