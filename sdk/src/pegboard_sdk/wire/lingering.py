"""A short wait for what is as good as there: cheaper than to sleep until the system wakes this process again.

It looks again and again, and lets others run in between: the other side where both share a core. Only while that keeps
succeeding: each time that nothing comes in time, it is tried less often. Where whoever is let run keeps the core, it is
not tried for a while: who `naps` sleeps for the same short time then. Both runtimes and the kernel wait so.
"""

import os
import select
import time
from typing import Final

SMALL_READ: Final = 1 << 14
LINGER_SECONDS: Final = 0.0001
MOST_SKIPPED: Final = 6
"""Binary logarithm of the waits that are not tried after that many failures in a row."""

LONGEST_STREAK: Final = 32
LONGEST_STREAK_SECONDS: Final = 0.001
"""Waits in a row, and the time that they took, without a turn for other tasks."""

LOST_SECONDS: Final = 0.0005
"""A wait that took so long had lost its core to others."""

SHORTEST_SLEEP: Final = 64
MOST_DOUBLED: Final = 5
"""Waits that are slept after a core was lost; twice as many each time, so often at most."""

CALM: Final = 1024
"""Waits without a loss after which earlier ones are forgotten."""

LARGEST_FD: Final = 1023
"""`select` can wait for no larger one, and nothing else in the library waits for less than a millisecond."""


class Lingering:
    """The habit of one end. Does not own the descriptor, which must not block."""

    def __init__(self, fd: int, *, naps: bool = True) -> None:
        self._fd = fd
        self._naps = naps
        self._failures = 0
        self._skip = 0
        self._streak = 0
        self._spent = 0.0
        self._losses = 0
        self._asleep = 0
        self._calm = 0

    def read(self, size: int = SMALL_READ) -> bytes:
        """What comes in time; empty when nothing does, and at the end of the channel, which stays to be found."""
        if self._skip:
            self._skip -= 1
            return b""
        if self._asleep and not self._naps:
            self._asleep -= 1
            return b""
        began = time.monotonic()
        data = self._sleep(size) if self._asleep else self._watch(size, began)
        took = time.monotonic() - began
        self._streak += 1
        self._spent += took
        if data and took <= LINGER_SECONDS:
            self._failures = 0
        else:
            self._failures = min(self._failures + 1, MOST_SKIPPED)
            self._skip = 1 << self._failures
        self._learn(took > LOST_SECONDS)
        return data

    def _watch(self, size: int, began: float) -> bytes:
        while True:
            os.sched_yield()
            try:
                return os.read(self._fd, size)
            except BlockingIOError:
                if time.monotonic() - began > LINGER_SECONDS:
                    return b""
            except ConnectionError:
                return b""

    def _sleep(self, size: int) -> bytes:
        if self._fd > LARGEST_FD or not select.select([self._fd], [], [], LINGER_SECONDS)[0]:
            return b""
        try:
            return os.read(self._fd, size)
        except (BlockingIOError, ConnectionError):
            return b""

    def _learn(self, has_lost: bool) -> None:  # noqa: FBT001 - one thing that happened or not
        if self._asleep:
            self._asleep -= 1
        elif has_lost:
            self._asleep = SHORTEST_SLEEP << self._losses
            self._losses = min(self._losses + 1, MOST_DOUBLED)
            self._calm = 0
        elif self._losses:
            self._calm += 1
            if self._calm >= CALM:
                self._losses = self._calm = 0

    def is_others_turn(self) -> bool:
        """Whether other tasks should run now."""
        if self._streak < LONGEST_STREAK and self._spent < LONGEST_STREAK_SECONDS:
            return False
        self._streak = 0
        self._spent = 0.0
        return True
