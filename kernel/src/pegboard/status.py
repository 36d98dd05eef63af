"""What a board tells people of its plugins. Nothing is decided by it."""

from msgspec import Struct

from pegboard.child import Child
from pegboard.lifecycle import State


class Status(Struct, frozen=True):
    """One plugin's process, for people. `state` is None when none runs."""

    instance: str
    state: State | None
    pid: int
    calls: int
    starts: int
    last_words: str


def status_of(instance: str, child: Child | None, starts: int, last_words: str) -> Status:
    """The line of one instance."""
    if child is None or not child.is_usable:
        return Status(instance, None, 0, 0, starts, last_words)
    return Status(instance, child.state, child.pid, child.peer.open_calls, starts, last_words)
