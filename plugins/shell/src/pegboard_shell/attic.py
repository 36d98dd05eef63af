"""Copies of small files as they were, so that a command can be undone. One nameless file holds them all: it is gone
with this process, and the same content is copied once."""

import os
import threading
import time
from typing import Final

from pegboard_shell.survey import Entry, Visit

MAX_FILE_BYTES: Final = 1 << 20
MAX_BYTES: Final = 256 << 20
COPY_S: Final = 0.1
"""What copying may cost one command; what is not copied by then cannot be restored if that command changes it."""

Place = tuple[int, int]
"""Offset and length in the attic."""

Version = tuple[int, int, int, int]


def version_of(entry: Entry) -> Version:
    """What makes one state of one file."""
    return (entry.inode, entry.size, entry.mtime_ns, entry.ctime_ns)


class Attic:
    """The copies. Usable from any thread."""

    def __init__(self, folder: str) -> None:
        path = os.path.join(folder, "attic")
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.unlink(path)
        self._size = 0
        self._places: dict[Version, Place] = {}
        self._lock = threading.Lock()

    def keeper(self) -> Visit:
        """For a survey: copies what is not here yet, for as long as one command may be held up."""
        end = time.monotonic() + COPY_S

        def keep(folder: int, name: str, entry: Entry) -> None:
            if version_of(entry) not in self._places and entry.size <= MAX_FILE_BYTES and time.monotonic() < end:
                content = read_small(folder, name)
                if content is not None and len(content) == entry.size:
                    self._add(version_of(entry), content)

        return keep

    def _add(self, version: Version, content: bytes) -> None:
        with self._lock:
            if self._size + len(content) <= MAX_BYTES:
                os.pwrite(self._file, content, self._size)
                self._places[version] = (self._size, len(content))
                self._size += len(content)

    def content_of(self, entry: Entry) -> bytes | None:
        """The bytes of this state of a file; None when they were not copied."""
        place = self._places.get(version_of(entry))
        return None if place is None else os.pread(self._file, place[1], place[0])

    def close(self) -> None:
        """The copies are gone."""
        os.close(self._file)


def read_small(folder: int, name: str) -> bytes | None:
    """A file of at most `MAX_FILE_BYTES`; None when it is larger, gone, or may not be read."""
    try:
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    try:
        content = os.read(file, MAX_FILE_BYTES + 1)
        return content if len(content) <= MAX_FILE_BYTES else None
    except OSError:
        return None
    finally:
        os.close(file)
