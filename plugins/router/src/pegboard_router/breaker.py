"""The circuit of one model: closed while it works, open after failures, half open to try one call. A table."""

from collections import deque
from enum import Enum
from typing import Final

from pegboard_router.settings import BreakerSettings


class State(Enum):
    """What a circuit lets through: all, nothing, or one call that decides."""

    CLOSED = "closed"
    OPEN = "open"
    HALF = "half open"


class Event(Enum):
    """What happens to a circuit."""

    WORKED = "worked"
    FAILED = "failed"
    TRIPPED = "failed once too often"
    COOLED = "the time is over"


NEXT: Final = {
    (State.CLOSED, Event.WORKED): State.CLOSED,
    (State.CLOSED, Event.FAILED): State.CLOSED,
    (State.CLOSED, Event.TRIPPED): State.OPEN,
    (State.CLOSED, Event.COOLED): State.CLOSED,
    (State.OPEN, Event.WORKED): State.OPEN,  # a call from before it opened
    (State.OPEN, Event.FAILED): State.OPEN,
    (State.OPEN, Event.TRIPPED): State.OPEN,
    (State.OPEN, Event.COOLED): State.HALF,
    (State.HALF, Event.WORKED): State.CLOSED,
    (State.HALF, Event.FAILED): State.OPEN,
    (State.HALF, Event.TRIPPED): State.OPEN,
    (State.HALF, Event.COOLED): State.HALF,
}


class Circuit:
    """Of one model. Times are seconds of any clock that only grows."""

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._state = State.CLOSED
        self._failures: deque[float] = deque(maxlen=settings.failures)
        self._until = 0.0

    def state(self, now: float) -> State:
        """The state at this moment."""
        if self._state is State.OPEN and now >= self._until:
            self._state = NEXT[self._state, Event.COOLED]
        return self._state

    def lets_through(self, now: float) -> bool:
        """Whether a call may be made. While half open each may: the first that ends decides."""
        return self.state(now) is not State.OPEN

    def opens_in(self, now: float) -> float:
        """Seconds until a call may be made."""
        return max(0.0, self._until - now) if self.state(now) is State.OPEN else 0.0

    def worked(self, now: float) -> None:
        """A call succeeded."""
        self._move(Event.WORKED, now)
        if self._state is State.CLOSED:
            self._failures.clear()

    def failed(self, now: float, retry_s: float = 0) -> None:
        """A call failed in a way that says something of the model's server, which asked to be left alone so long."""
        self._failures.append(now)
        full = len(self._failures) == self._settings.failures
        tripped = full and now - self._failures[0] <= self._settings.window_s
        before = self.state(now)
        self._move(Event.TRIPPED if tripped else Event.FAILED, now)
        if self._state is State.OPEN and before is not State.OPEN:
            self._until = now + max(self._settings.open_s, retry_s)

    def _move(self, event: Event, now: float) -> None:
        self._state = NEXT[self.state(now), event]
