"""What lies in the workspace, seen without reading it. It follows no link and leaves out what tools generate."""

import os
import stat
from collections.abc import Callable
from enum import Enum
from typing import Final

from msgspec import Struct

MAX_ENTRIES: Final = 20_000
LEFT_OUT: Final = frozenset(
    {
        ".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache",
        ".ruff_cache", ".pytest_cache", ".hypothesis", "target", ".gradle", ".cache",
    }
)  # fmt: skip


class Kind(Enum):
    """What an entry is; devices, sockets and pipes are not surveyed."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


class Entry(Struct, frozen=True):
    """One name. `target` is where a link points."""

    kind: Kind
    mode: int
    inode: int = 0
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    target: str = ""


Survey = dict[str, Entry]
"""By path relative to the workspace, folders before what is in them."""

Visit = Callable[[int, str, Entry], None]
"""Called for each file with its folder's descriptor and its name there."""


class TooMany(Exception):
    """The workspace has more entries than are surveyed."""


class Surveyor:
    """One look at a workspace; `found` grows as it goes."""

    def __init__(self, max_entries: int, visit: Visit | None) -> None:
        self.found: Survey = {}
        self._max_entries = max_entries
        self._visit = visit

    def look(self, folder: int, prefix: str = "") -> None:
        """Everything below `folder`, which it closes. Raises TooMany."""
        try:
            with os.scandir(folder) as entries:
                for each in entries:
                    entry = _look(folder, each)
                    if entry is not None:
                        self._take(folder, each.name, prefix + each.name, entry)
        finally:
            os.close(folder)

    def _take(self, folder: int, name: str, path: str, entry: Entry) -> None:
        if len(self.found) >= self._max_entries:
            raise TooMany
        self.found[path] = entry
        if entry.kind is Kind.FOLDER:
            below = _open_folder(folder, name)
            if below >= 0:
                self.look(below, path + "/")
        elif entry.kind is Kind.FILE and self._visit is not None:
            self._visit(folder, name, entry)


def survey(root: int, visit: Visit | None = None, *, max_entries: int = MAX_ENTRIES) -> Survey:
    """Everything below the folder `root`. Raises TooMany."""
    surveyor = Surveyor(max_entries, visit)
    surveyor.look(os.dup(root))
    return surveyor.found


def _look(folder: int, each: os.DirEntry[str]) -> Entry | None:
    """None for what is left out and what is gone."""
    if each.name in LEFT_OUT:
        return None
    try:
        status = each.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            return entry_of(status)
        if stat.S_ISDIR(status.st_mode):
            return Entry(Kind.FOLDER, stat.S_IMODE(status.st_mode))
        if stat.S_ISLNK(status.st_mode):
            return Entry(Kind.LINK, 0, target=os.readlink(each.name, dir_fd=folder))
    except OSError:
        return None
    return None


def entry_of(status: os.stat_result) -> Entry:
    """A plain file's entry."""
    return Entry(
        Kind.FILE,
        stat.S_IMODE(status.st_mode),
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _open_folder(parent: int, name: str) -> int:
    """-1 when it may not be read or is gone."""
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    except OSError:
        return -1
