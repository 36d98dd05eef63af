"""What goes into the scrollback, each item once, and again only where the screen was cleared. Knows no terminal."""

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
        self._waiting: list[Item | list[Row]] = []
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
        """Whether the next frame has something to print."""
        return bool(self._waiting)

    def take(self, canvas: Canvas) -> list[Row]:
        """The rows of what waited."""
        rows: list[Row] = []
        waiting, self._waiting = self._waiting, []
        for item in waiting:
            if isinstance(item, list):
                rows += [(), *item, ()]
                self._last = None
                continue
            if needs_gap(self._last, item):
                rows.append(())
            rows += drawn(item, canvas)
            self._last = item
            self._kept.append(item)
        return rows

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
