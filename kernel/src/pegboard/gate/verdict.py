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


class Need(IntEnum):
    """What an allowed command needs beyond a closed room: workspace, private /tmp, no network, protected names shut."""

    NETWORK = 0
    """Hosts, of `Decision.hosts` where they are known."""
    PROTECTED = 1
    """Writes names of the workspace that are protected, such as `.git` for a commit."""
    OUTSIDE = 2
    """Something outside the workspace, or nobody knows what: all of the user's rights."""


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
    needs: tuple[Need, ...] = ()
    """Of a command: empty runs it in a closed room."""
    hosts: tuple[str, ...] = ()
    """With `Need.NETWORK`: the only hosts, empty where they are not known."""
