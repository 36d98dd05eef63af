"""How long to wait between two looks at a job, and how often a look may fail. It waits and judges nothing else."""

import random
from typing import Final

from pegboard_sdk.errors import PegboardError

FIRST_S: Final = 2.0
LONGEST_S: Final = 60.0
GROWTH: Final = 1.5
MOST_FAILURES: Final = 10
"""Looks in a row; each of them was several requests of its provider's."""


class Waiting:
    """The pauses of one wait. They grow to a minute, whatever happens; a server that names another is believed."""

    def __init__(self) -> None:
        self._pause_s = FIRST_S
        self._failures = 0

    def looked(self) -> float:
        """A look succeeded; seconds until the next."""
        self._failures = 0
        return self._next()

    def failed(self, error: PegboardError) -> float:
        """A look failed; seconds until the next. Raises the error where another is of no use."""
        self._failures += 1
        if error.retry_ms is None or self._failures >= MOST_FAILURES:
            raise error
        return max(self._next(), error.retry_ms / 1000)

    def _next(self) -> float:
        pause = self._pause_s
        self._pause_s = min(LONGEST_S, self._pause_s * GROWTH)
        return pause * random.uniform(0.8, 1.0)
