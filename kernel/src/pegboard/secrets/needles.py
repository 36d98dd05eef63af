"""Many known values looked for at once, at a speed that does not depend on how many there are.

A text is read in steps of one word (8 bytes, or 4 for short values): a value that is at least two words long less one
byte covers a whole word of the text wherever it stands, so each word that a value can show is the key of that value.
"""

import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

HEAD: Final = 4
SHORTEST: Final = 8
"""Bytes of a secret; what is shorter would be found in ordinary text."""


class Needles:
    """Values of at least 7 bytes to look for; those for `opening` alone may be shorter."""

    def __init__(self) -> None:
        self._long: defaultdict[int, set[bytes]] = defaultdict(set)
        self._short: defaultdict[int, set[bytes]] = defaultdict(set)
        self._all: list[bytes] = []
        self._heads: set[bytes] = set()
        self.longest = 0

    def add(self, values: Iterable[bytes]) -> None:
        """Look for these, too."""
        fresh = set(values).difference(self._all)
        for value in fresh:
            width, index = (8, self._long) if len(value) >= 15 else (4, self._short)
            for at in range(width):
                index[int.from_bytes(value[at : at + width], sys.byteorder)].add(value)
            self._heads.update(value[:size] for size in range(1, HEAD + 1))
            self.longest = max(self.longest, len(value))
        self._all = sorted({*self._all, *fresh})

    def spans(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Where the values stand, in no order."""
        for value in self._present(text):
            at = text.find(value)
            while at >= 0:
                yield at, at + len(value)
                at = text.find(value, at + 1)

    def opening(self, text: bytes) -> Iterator[int]:
        """Each place from which the end of `text` may be the beginning of a value, the longest beginning first."""
        size = len(text)
        for at in range(max(0, size - self.longest + 1), size):
            if text[at : at + HEAD] in self._heads and self._begins(text[at:]):
                yield at

    def _begins(self, text: bytes) -> bool:
        index = bisect_left(self._all, text)
        return index < len(self._all) and self._all[index].startswith(text)

    def _present(self, text: bytes) -> set[bytes]:
        found: set[bytes] = set()
        view = memoryview(text)
        longs = view[: len(text) // 8 * 8].cast("Q").tolist() if self._long else []
        shorts = view[: len(text) // 4 * 4].cast("I").tolist() if self._short else []
        for index, words in ((self._long, longs), (self._short, shorts)):
            if not index.keys().isdisjoint(words):
                found.update(*(index[word] for word in index.keys() & words))
        return found
