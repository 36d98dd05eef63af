"""inotify, by which Linux says what changed in a folder. Nothing here knows what is done with it."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

OVERFLOW: Final = 0x4000
IGNORED: Final = 0x8000
_CHANGES: Final = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x800
"""Written, attributes, closed after writing, moved from and to, made, removed; the folder itself removed or moved."""
_HOW: Final = 0x01000000 | 0x02000000 | 0x04000000
"""Folders alone, no link followed, nothing more of what was removed."""
_HEAD: Final = struct.Struct("iIII")
_READ_BYTES: Final = 1 << 16


class Event(NamedTuple):
    """Something happened to `name` in the folder of `watch`; to the folder itself where there is no name."""

    watch: int
    mask: int
    name: str


class Inotify:
    """One queue of the kernel's; `fileno` becomes readable when there are events. Raises OSError where it has none."""

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise OSError(0, "only Linux has inotify")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._file = self._checked(self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))

    def fileno(self) -> int:
        """The queue's descriptor."""
        return self._file

    def add(self, path: str) -> int:
        """Watch a folder; the same number for the same folder. Raises OSError: also when there are too many."""
        return self._checked(self._libc.inotify_add_watch(self._file, os.fsencode(path), _CHANGES | _HOW))

    def remove(self, watch: int) -> None:
        """Watch it no longer; nothing when it is gone."""
        self._libc.inotify_rm_watch(self._file, watch)

    def events(self) -> Iterator[Event]:
        """All that there are now."""
        while True:
            try:
                data = os.read(self._file, _READ_BYTES)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                watch, mask, _, length = _HEAD.unpack_from(data, at)
                at += _HEAD.size + length
                yield Event(watch, mask, os.fsdecode(data[at - length : at].rstrip(b"\0")))

    def close(self) -> None:
        """The watches are gone."""
        os.close(self._file)

    def _checked(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result
