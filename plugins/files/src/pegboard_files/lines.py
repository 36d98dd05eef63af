"""Where the lines of a file begin, for files of any size: newlines are counted a chunk at a time, holes are skipped.

Reads a descriptor by position only; holds one chunk. What a line says is not its business.
"""

import errno
import os
from bisect import bisect_left
from typing import Final

from msgspec import Struct, field

CHUNK_BYTES: Final = 1 << 20
"""A multiple of every encoding's unit, so that no unit is torn between chunks."""


class LineIndex(Struct):
    """How many newlines stand before each chunk of a file; grows as far as it was asked. Its size is 1/100,000 of the
    file's."""

    size: int
    before: list[int] = field(default_factory=lambda: [0])

    @property
    def is_whole(self) -> bool:
        """Whether every chunk was counted."""
        return (len(self.before) - 1) * CHUNK_BYTES >= self.size

    @property
    def newlines(self) -> int:
        """Newlines counted so far; all of them once the index is whole."""
        return self.before[-1]


class Lines:
    """The lines of an open file. `newline` is a line feed as the file spells it, `start` where its text begins."""

    def __init__(self, fd: int, index: LineIndex, *, newline: bytes, start: int = 0) -> None:
        self._fd = fd
        self._newline = newline
        self._start = start
        self._held_at = -1
        self._held = b""
        self.index = index
        self.size = index.size

    def count(self) -> int:
        """How many lines the file has; text after the last newline is one."""
        while not self.index.is_whole:
            self._grow()
        unit = len(self._newline)
        ends = self.size <= self._start or self.read(self.size - unit, self.size) == self._newline
        return self.index.newlines + (0 if ends else 1)

    def begin_of(self, line: int) -> int | None:
        """The position of a line (from 1), or None when the file has fewer."""
        if line <= 1:
            return self._start if self.size > self._start else None
        while self.index.newlines < line - 1 and not self.index.is_whole:
            self._grow()
        if self.index.newlines < line - 1:
            return None
        chunk = bisect_left(self.index.before, line - 1) - 1
        at = max(chunk * CHUNK_BYTES, self._start)
        for _ in range(line - 1 - self.index.before[chunk]):
            at = self.end_of(at)
        return at if at < self.size else None

    def end_of(self, at: int) -> int:
        """The position after the newline that ends the line around `at`, or the file's size."""
        unit = len(self._newline)
        while at < self.size:
            base, chunk = self._chunk(at)
            found = chunk.find(self._newline, at - base)
            while found >= 0 and found % unit:
                found = chunk.find(self._newline, found + 1)
            if found >= 0:
                return base + found + unit
            at = base + CHUNK_BYTES
        return self.size

    def read(self, begin: int, end: int) -> bytes:
        """The bytes between two positions; fewer when the file became shorter."""
        held = begin - self._held_at
        if held >= 0 and held + end - begin <= len(self._held):
            return self._held[held : held + end - begin]
        return os.pread(self._fd, end - begin, begin)

    def _grow(self) -> None:
        chunk = self._chunk((len(self.index.before) - 1) * CHUNK_BYTES)[1]
        self.index.before.append(self.index.newlines + self._count_in(chunk))

    def _count_in(self, chunk: bytes) -> int:
        if len(self._newline) == 1:
            return chunk.count(self._newline)
        units = chunk[: len(chunk) // 2 * 2]
        return memoryview(units).cast("H").tolist().count(memoryview(self._newline).cast("H")[0])

    def _chunk(self, at: int) -> tuple[int, bytes]:
        base = at - at % CHUNK_BYTES
        if base != self._held_at:
            hole = _data_after(self._fd, base) >= min(base + CHUNK_BYTES, self.size)
            self._held = b"" if hole else os.pread(self._fd, CHUNK_BYTES, base)
            self._held_at = base
        return base, self._held


def _data_after(fd: int, at: int) -> int:
    """The first position from `at` on where the file has data at all; `at` where that cannot be known."""
    try:
        return os.lseek(fd, at, os.SEEK_DATA)
    except OSError as error:
        return at if error.errno != errno.ENXIO else 1 << 62
