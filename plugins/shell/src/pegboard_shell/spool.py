"""The output of a background job on disk, bounded: its beginning and its end stay, the middle goes. No text, no jobs.

A spool is a folder of segments named by number. All but the last are full, so that a byte's place never changes.
"""

import os
from contextlib import suppress
from typing import Final

SEGMENT_BYTES: Final = 4 << 20
KEPT_SEGMENTS: Final = 3
"""Beside the first."""


class SpoolWriter:
    """Appends to the spool in the folder `folder`, a descriptor that it owns until it is closed."""

    def __init__(self, folder: int, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._number = -1
        self._file = -1
        self._room = 0

    def write(self, data: bytes) -> None:
        """Append; the oldest segment after the first goes when there are too many. Raises OSError when it cannot."""
        while data:
            if not self._room:
                self._next()
            done = os.write(self._file, data[: self._room])
            self._room -= done
            data = data[done:]

    def _next(self) -> None:
        self._finish()
        self._number += 1
        self._room = self._segment_bytes
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        self._file = os.open(str(self._number), flags, 0o600, dir_fd=self._folder)
        stale = self._number - KEPT_SEGMENTS
        if stale > 0:
            with suppress(FileNotFoundError):
                os.unlink(str(stale), dir_fd=self._folder)

    def close(self) -> None:
        """Close the segment and the folder."""
        self._finish()
        os.close(self._folder)

    def _finish(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def spooled_bytes(folder: str, *, segment_bytes: int = SEGMENT_BYTES) -> int:
    """How much was ever written, what is gone included."""
    numbers = [int(name) for name in os.listdir(folder) if name.isdecimal()]
    if not numbers:
        return 0
    last = max(numbers)
    return last * segment_bytes + os.stat(os.path.join(folder, str(last))).st_size


def read_spool(folder: str, offset: int, limit: int, *, segment_bytes: int = SEGMENT_BYTES) -> tuple[int, bytes]:
    """Up to `limit` bytes from `offset`, or from the first place after it that is still there; with that place."""
    end = spooled_bytes(folder, segment_bytes=segment_bytes)
    number = offset // segment_bytes
    while number * segment_bytes < end:
        start = max(offset, number * segment_bytes)
        with suppress(FileNotFoundError), open(os.path.join(folder, str(number)), "rb") as file:
            file.seek(start - number * segment_bytes)
            return start, file.read(limit)
        number += 1
    return end, b""
