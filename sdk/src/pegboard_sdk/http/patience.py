"""How often and how long a request is tried again. It waits and judges nothing else.

At most four tries and a minute of waiting in all; a server that wants more is believed, and the caller is told.
"""

import random
from collections.abc import Callable
from threading import Event
from typing import Final

from pegboard_sdk.errors import PegboardError

MAX_TRIES: Final = 4
MAX_WAIT_S: Final = 60.0
FIRST_S: Final = 1.0


def pause_s(tries: int, retry_ms: int, jitter: float) -> float:
    """Seconds to wait after so many tries: what the server said and up to a quarter more, else anything up to a second,
    then two, then four, so that many clients do not come back at once. `jitter` is in 0..1.
    """
    if retry_ms:
        return retry_ms / 1000 * (1 + jitter / 4)
    return FIRST_S * 2.0 ** (tries - 1) * jitter


class Patience:
    """What is left of tries and time for one request."""

    def __init__(self, cut: Event, remaining_s: Callable[[], float | None]) -> None:
        self._cut = cut
        self._remaining_s = remaining_s
        self._tries = 0
        self._waited_s = 0.0

    def next_pause_s(self, error: PegboardError) -> float | None:
        """How long to wait before trying again; None when it is time to give up: too often, too long, or no use."""
        self._tries += 1
        if error.retry_ms is None or self._tries >= MAX_TRIES:
            return None
        pause = pause_s(self._tries, error.retry_ms, random.random())
        remaining = self._remaining_s()
        if self._waited_s + pause > MAX_WAIT_S or (remaining is not None and pause >= remaining):
            return None
        return pause

    def wait(self, pause: float) -> None:
        """Wait, or return at once when the call is cancelled."""
        self._waited_s += pause
        self._cut.wait(pause)
