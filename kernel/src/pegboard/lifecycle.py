"""The states of one plugin process, as a table. No time, no processes: who asks, decides when."""

from enum import Enum
from typing import Final


class State(Enum):
    """Where a process is. CLOSED and FAILED are the end; a plugin that is used again gets a new process."""

    SPAWNING = "spawning"
    GREETING = "greeting"
    RUNNING = "running"
    UNRESPONSIVE = "unresponsive"
    DRAINING = "draining"
    CLOSED = "closed"
    FAILED = "failed"


class Event(Enum):
    """What happens to a process."""

    SPAWNED = "spawned"
    GREETED = "greeted"
    MISSED = "missed"
    """It owes answers to several pings."""
    ANSWERED = "answered"
    ASKED_TO_STOP = "asked to stop"
    FAULTED = "faulted"
    """It broke the protocol, its manifest or our patience."""
    EXITED = "exited"


FINAL: Final = frozenset({State.CLOSED, State.FAILED})

TRANSITIONS: Final = {
    (State.SPAWNING, Event.SPAWNED): State.GREETING,
    (State.SPAWNING, Event.ASKED_TO_STOP): State.CLOSED,
    (State.SPAWNING, Event.FAULTED): State.FAILED,
    (State.SPAWNING, Event.EXITED): State.FAILED,
    (State.GREETING, Event.GREETED): State.RUNNING,
    (State.GREETING, Event.ASKED_TO_STOP): State.DRAINING,
    (State.GREETING, Event.FAULTED): State.FAILED,
    (State.GREETING, Event.EXITED): State.FAILED,
    (State.RUNNING, Event.MISSED): State.UNRESPONSIVE,
    (State.RUNNING, Event.ANSWERED): State.RUNNING,
    (State.RUNNING, Event.ASKED_TO_STOP): State.DRAINING,
    (State.RUNNING, Event.FAULTED): State.FAILED,
    (State.RUNNING, Event.EXITED): State.FAILED,
    (State.UNRESPONSIVE, Event.MISSED): State.UNRESPONSIVE,
    (State.UNRESPONSIVE, Event.ANSWERED): State.RUNNING,
    (State.UNRESPONSIVE, Event.ASKED_TO_STOP): State.DRAINING,
    (State.UNRESPONSIVE, Event.FAULTED): State.FAILED,
    (State.UNRESPONSIVE, Event.EXITED): State.FAILED,
    (State.DRAINING, Event.EXITED): State.CLOSED,
}
"""All that can follow. In DRAINING only the end counts: whatever else it does, it is being stopped."""


def follow(state: State, event: Event) -> State:
    """The next state; a pair that is not in the table changes nothing, since news may come late."""
    return TRANSITIONS.get((state, event), state)
