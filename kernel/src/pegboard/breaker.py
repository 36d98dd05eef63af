"""When a plugin that crashed may be started again. A pure count of crashes; it does not wait and knows no process."""

from typing import Final

WINDOW_S: Final = 300.0
MOST_CRASHES: Final = 3
FIRST_DELAY_S: Final = 0.25


class Breaker:
    """Crashes of one plugin. Times are seconds of any clock that does not run backwards."""

    def __init__(self) -> None:
        self._crashes: list[float] = []
        self.last_words = ""

    def crashed(self, now: float, last_words: str) -> None:
        """Count a crash, or a start that failed."""
        self._crashes = [*self._recent(now), now][-MOST_CRASHES:]
        self.last_words = last_words

    def is_open(self, now: float) -> bool:
        """Whether no start is allowed at all."""
        return len(self._recent(now)) >= MOST_CRASHES

    def earliest(self, now: float) -> float:
        """When the next start may be: after n crashes, 0.25 * 2**(n-1) seconds after the last one."""
        recent = self._recent(now)
        return recent[-1] + FIRST_DELAY_S * 2 ** (len(recent) - 1) if recent else now

    def forget(self) -> None:
        """A person asked to try again."""
        self._crashes = []

    def _recent(self, now: float) -> list[float]:
        return [when for when in self._crashes if now - when < WINDOW_S]
