"""What goes into the scrollback, each item once, and again only where the screen was cleared. Knows no terminal."""

import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from pegboard_terminal.items import Item, drawn, expanded, needs_gap
from pegboard_terminal.rows import Canvas, Row

KEPT: Final = 300
"""Items that can be drawn again after the window changed its size: more than a screen holds."""


class Scrollback:
    """Items wait here until the next frame takes them as rows."""

    def __init__(self) -> None:
        self._waiting: deque[Item | list[Row]] = deque()
        self._ready: list[Row] = []
        self._kept: deque[Item] = deque(maxlen=KEPT)
        self._last: Item | None = None

    def add(self, items: Iterable[Item]) -> None:
        """Print these with the next frame."""
        self._waiting.extend(items)

    def remember(self, item: Item) -> None:
        """An item that stands on the screen already."""
        self._kept.append(item)
        self._last = item

    def expand(self, item: Item, canvas: Canvas) -> bool:
        """Print an item in whole; whether there was more of it."""
        rows = expanded(item, canvas)
        if rows:
            self._waiting.append(rows)
        return bool(rows)

    def print_rows(self, rows: list[Row]) -> None:
        """Print rows as they are; they are not drawn again."""
        self._waiting.append(rows)

    @property
    def waits(self) -> bool:
        """Whether something is still to be printed."""
        return bool(self._waiting or self._ready)

    def lay_out(self, canvas: Canvas, seconds: float) -> bool:
        """Make rows of what waits, for about so long: keys are not to wait for a long answer. Whether more waits."""
        end = time.monotonic() + seconds
        while self._waiting:
            self._ready += self._rows_of(self._waiting.popleft(), canvas)
            if time.monotonic() > end:
                break
        return bool(self._waiting)

    def take(self) -> list[Row]:
        """The rows that are laid out and not printed yet."""
        rows, self._ready = self._ready, []
        return rows

    def _rows_of(self, item: Item | list[Row], canvas: Canvas) -> list[Row]:
        if isinstance(item, list):
            self._last = None
            return [(), *item, ()]
        gap: list[Row] = [()] if needs_gap(self._last, item) else []
        self._last = item
        self._kept.append(item)
        return [*gap, *drawn(item, canvas)]

    def again(self, canvas: Canvas, most: int) -> list[Row]:
        """The last rows once more, at most so many, for a screen that was cleared."""
        found: list[Row] = []
        kept = list(self._kept)
        for at in range(len(kept) - 1, -1, -1):
            gap: list[Row] = [()] if needs_gap(kept[at - 1] if at else None, kept[at]) else []
            found = [*gap, *drawn(kept[at], canvas), *found]
            if len(found) >= most:
                break
        return found[-most:] if most > 0 else []

    def clear(self) -> None:
        """Another conversation: what was printed stays on the screen and is not drawn again."""
        self._kept.clear()
        self._last = None
