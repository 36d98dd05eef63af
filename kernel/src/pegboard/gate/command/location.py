"""Where a program's name leads: the first executable of that name on a fixed search path."""

import os
import stat
from functools import lru_cache


@lru_cache(maxsize=8)
def search_path(path: str, root: str) -> tuple[str, ...]:
    """The entries of a PATH that count: absolute, not in the workspace, not writable by everybody.

    PATH is fixed when the program starts, and so is what counts of it.
    """
    return tuple(entry for entry in dict.fromkeys(path.split(":")) if _counts(entry, root))


def _counts(entry: str, root: str) -> bool:
    if not entry.startswith("/") or is_below(entry, root) or is_below(os.path.realpath(entry), root):
        return False
    try:
        return not os.stat(entry).st_mode & stat.S_IWOTH
    except OSError:
        return False


def is_below(path: str, folder: str) -> bool:
    """Whether the cleaned-up absolute `path` is `folder` or in it."""
    path, folder = os.path.normpath(path), folder.rstrip("/")
    return path == folder or path.startswith(f"{folder}/")


def locate(name: str, entries: tuple[str, ...]) -> str:
    """The absolute path of a program, empty when it is not installed."""
    for entry in entries:
        candidate = f"{entry.rstrip('/')}/{name}"
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    return ""
