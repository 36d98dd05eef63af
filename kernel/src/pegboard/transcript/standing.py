"""How a session stands, for a status line: folded from what its front-ends are shown."""

import time
from collections.abc import Callable
from typing import Final

from pegboard_sdk.wire.records import Answer, AnyRecord, Closed, Delta, Question, Titled, ToolResult, ToolUse

MOST_CHARACTERS: Final = 60


class Standing:
    """A front-end that only listens."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.title = ""
        self.is_closing = False
        """Whether what runs has ended and is only tidied up: nothing goes into it any more."""
        self._running: dict[str, ToolUse] = {}
        self._since: float | None = None

    def show(self, record: AnyRecord) -> None:
        """Take it into account."""
        if isinstance(record, Delta):
            return
        if isinstance(record, ToolUse) and record.decision == "allow":
            self._running[record.call] = record
        elif isinstance(record, ToolResult):
            self._running.pop(record.call, None)
        elif isinstance(record, Titled):
            self.title = record.title
        elif isinstance(record, Closed):
            self._running.clear()
            self.is_closing = True
        self._changed()

    async def ask(self, question: Question) -> Answer | None:
        """It can ask nobody."""
        return None

    def begin(self) -> None:
        """A run begins."""
        self._since, self.is_closing = time.monotonic(), False

    def end(self) -> None:
        """It is over."""
        self._since = None

    @property
    def busy(self) -> bool:
        """Whether a run is on."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """How long it has been."""
        return 0.0 if self._since is None else time.monotonic() - self._since

    @property
    def doing(self) -> str:
        """The tool that runs, and on what; how many more there are."""
        if not self._running:
            return ""
        first, more = next(iter(self._running.values())), len(self._running) - 1
        words = " ".join(first.argv[0]) if first.argv else next(filter(None, map(_shown, first.arguments.values())), "")
        what = " ".join(words.split())[:MOST_CHARACTERS]
        return first.tool + (f": {what}" if what else "") + (f" and {more} more" if more else "")


def _shown(value: object) -> str:
    return value if isinstance(value, str) else ""
