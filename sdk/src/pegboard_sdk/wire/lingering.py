"""A short wait for an answer that is as good as there: cheaper than to park a task and wake it again.

Only for a lone call, and only while the other side keeps answering that fast: each time that it does not, the next
calls wait less often.
"""

import os
import select
from typing import Final

from pegboard_sdk.wire.reading import SMALL_READ

LINGER_SECONDS: Final = 0.0001
MOST_SKIPPED: Final = 12
"""Binary logarithm of the calls that are made without lingering after that many failures in a row."""

LONGEST_STREAK: Final = 32
"""Calls in a row without a turn for other tasks."""

LARGEST_FD: Final = 1023
"""`select` can wait for no larger one, and nothing else in the library waits for less than a millisecond."""


class Lingering:
    """The habit of one peer. Does not own the descriptor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._failures = 0
        self._skip = 0
        self._streak = 0

    def read(self) -> bytes:
        """What comes in time; empty when nothing does, and at the end of the channel, which stays to be found."""
        if self._skip:
            self._skip -= 1
            return b""
        if self._fd > LARGEST_FD or not select.select([self._fd], [], [], LINGER_SECONDS)[0]:
            self._failures = min(self._failures + 1, MOST_SKIPPED)
            self._skip = 1 << self._failures
            return b""
        self._failures = 0
        self._streak += 1
        try:
            return os.read(self._fd, SMALL_READ)
        except (BlockingIOError, ConnectionError):
            return b""

    def is_others_turn(self) -> bool:
        """Whether other tasks should run now."""
        if self._streak < LONGEST_STREAK:
            return False
        self._streak = 0
        return True
