"""The files below a folder, as a person would look for them: no hidden ones, no dependencies, nothing git ignores."""

import os
import stat
from collections import deque
from typing import Final

from pegboard.cli.mentions.ignored import Ignored, ignored_in, is_ignored
from pegboard.gate.names import DEPENDENCIES

MOST_ENTRIES: Final = 20_000
"""So many are looked at, those near the top first."""
MOST_BYTES: Final = 1 << 16
_FILE: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def paths_below(root: str) -> list[str]:
    """Paths from the root, those of folders with a slash. Links are named, never followed; what fails is left out."""
    found: list[str] = []
    waiting: deque[tuple[str, tuple[Ignored, ...]]] = deque([("", ())])
    looked = 0
    while waiting and looked < MOST_ENTRIES:
        at, above = waiting.popleft()
        text = _text(os.path.join(root, at, ".gitignore"))
        files = (*above, ignored_in(at, text)) if text else above
        try:
            with os.scandir(os.path.join(root, at)) as entries:
                for entry in entries:
                    looked += 1
                    if looked > MOST_ENTRIES:
                        break
                    path = _path(entry, at)
                    if not path or is_ignored(files, path):
                        continue
                    found.append(path)
                    if path.endswith("/"):
                        waiting.append((path, files))
        except OSError:
            continue
    return found


def _path(entry: os.DirEntry[str], at: str) -> str:
    """Empty for what nobody looks for."""
    if entry.name.startswith(".") or entry.name in DEPENDENCIES or not entry.name.isprintable():
        return ""
    return f"{at}{entry.name}/" if entry.is_dir(follow_symlinks=False) else f"{at}{entry.name}"


def _text(path: str) -> str:
    try:
        descriptor = os.open(path, _FILE)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        return file.read(MOST_BYTES).decode("utf-8", "replace")
