"""A short wait for what is as good as there: cheaper than to sleep until the system wakes this process again.

It looks again and again, and lets others run in between: the other side where both share a core. Only while that keeps
succeeding: each time that nothing comes in time, it is tried less often. Both runtimes and the kernel wait so.
"""

import os
import time
from typing import Final

SMALL_READ: Final = 1 << 14
LINGER_SECONDS: Final = 0.0001
MOST_SKIPPED: Final = 6
"""Binary logarithm of the waits that are not tried after that many failures in a row."""

LONGEST_STREAK: Final = 32
LONGEST_STREAK_SECONDS: Final = 0.001
"""Waits in a row, and the time that they took, without a turn for other tasks."""


class Lingering:
    """The habit of one end. Does not own the descriptor, which must not block."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._failures = 0
        self._skip = 0
        self._streak = 0
        self._spent = 0.0

    def read(self, size: int = SMALL_READ) -> bytes:
        """What comes in time; empty when nothing does, and at the end of the channel, which stays to be found."""
        if self._skip:
            self._skip -= 1
            return b""
        began = time.monotonic()
        data = b""
        while True:
            os.sched_yield()
            try:
                data = os.read(self._fd, size)
                break
            except BlockingIOError:
                if time.monotonic() - began > LINGER_SECONDS:
                    break
            except ConnectionError:
                break
        took = time.monotonic() - began
        self._streak += 1
        self._spent += took
        # What came late counts as a failure: whoever was let run did not give the core back.
        if data and took <= LINGER_SECONDS:
            self._failures = 0
        else:
            self._failures = min(self._failures + 1, MOST_SKIPPED)
            self._skip = 1 << self._failures
        return data

    def is_others_turn(self) -> bool:
        """Whether other tasks should run now."""
        if self._streak < LONGEST_STREAK and self._spent < LONGEST_STREAK_SECONDS:
            return False
        self._streak = 0
        self._spent = 0.0
        return True
