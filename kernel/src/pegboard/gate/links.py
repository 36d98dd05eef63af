"""The other names of a file with several hard links, as far as they can be found. Evidence, no verdict."""

import os
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from pegboard.gate.names import DEPENDENCIES

LATE: Final = DEPENDENCIES
"""Folders that are searched last."""

MAX_ENTRIES: Final = 200_000


class OtherNames(Struct, frozen=True):
    """Absolute names in the searched folders; `elsewhere` links were not found, `uncounted` when the search ended."""

    names: tuple[str, ...] = ()
    elsewhere: int = 0
    uncounted: bool = False


def other_names(status: os.stat_result, folders: Sequence[tuple[int, str]], limit: int = MAX_ENTRIES) -> OtherNames:
    """Searches the open `folders` (descriptor, absolute name) breadth first for names of the file in `status`."""
    names: list[str] = []
    seen = 0
    for folder, path in folders:
        for entry_inode, name, folder_fd in _entries(folder, path):
            seen += 1
            if entry_inode == status.st_ino and _is_same(name.rpartition("/")[2], folder_fd, status):
                names.append(name)
            if len(names) >= status.st_nlink or seen >= limit:
                break
        if len(names) >= status.st_nlink or seen >= limit:
            break
    missing = max(0, status.st_nlink - len(names))
    return OtherNames(tuple(names), missing, uncounted=missing > 0 and seen >= limit)


def _entries(folder: int, path: str) -> Iterator[tuple[int, str, int]]:
    """Inode, absolute name and holding descriptor of every entry, nearest first, links not followed."""
    waiting: deque[str] = deque(["."])
    late: list[str] = []
    while waiting or late:
        below = waiting.popleft() if waiting else late.pop()
        try:
            opened = os.open(below, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        except OSError:
            continue
        try:
            with os.scandir(opened) as found:
                entries = list(found)
            for entry in entries:
                name = entry.name if below == "." else f"{below}/{entry.name}"
                yield entry.inode(), f"{path.rstrip('/')}/{name}", opened
                if entry.is_dir(follow_symlinks=False):
                    (late if entry.name in LATE else waiting).append(name)
        except OSError:
            continue
        finally:
            os.close(opened)


def _is_same(name: str, folder: int, status: os.stat_result) -> bool:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino)
