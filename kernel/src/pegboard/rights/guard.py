"""Protected names of the workspace and confined commands: what exists is shut, what comes to be is put out of effect.

A mount can shut what exists. What does not exist has nothing to mount on but a placeholder that every `ls` and `git
status` would show, so the names are looked at again when the command has ended: what it made is renamed, and said.
"""

import os
import time
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from pegboard.gate.names import PROTECTED

NESTED: Final = frozenset({".git", ".husky", ".pegboard", ".claude", ".codex", ".cursor", ".vscode", ".idea"})
"""Folders that are looked for below the top, too."""

SKIPPED: Final = frozenset({"node_modules", ".venv", "venv", "target", "__pycache__", "dist", "build"})
MOST_FOLDERS: Final = 500
HELD: Final = ".held"
NAMES: Final = tuple(name for pattern in PROTECTED if "*" not in (name := pattern.removeprefix("**/")))
"""Those that are one plain path."""

FRESH_NS: Final = 2_000_000_000
"""A folder that changed so short a time ago may change again without its times saying so."""


class Folder(Struct, frozen=True):
    """What was in a folder when its inode and times were `stamp`: of its names those that may be some of `NAMES` in
    another spelling, and the folders."""

    stamp: tuple[int, ...] = ()
    names: tuple[str, ...] = NAMES
    nested: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class Guard:
    """Looks for protected names. What a folder holds is read once, and again when its times have changed."""

    def __init__(self) -> None:
        self._known: dict[str, Folder] = {}

    def existing(self, roots: Iterable[str]) -> tuple[str, ...]:
        """The protected names below `roots` that exist: all at the top, the most dangerous in the first folders
        below."""
        found = dict.fromkeys(path for root in roots for path in (*self.top(root), *self._nested(root)))
        return tuple(path for path in found if not any(path.startswith(f"{above}/") for above in found))

    def top(self, root: str) -> tuple[str, ...]:
        """The protected names at the top of `root` that exist."""
        paths = (f"{root.rstrip('/')}/{name}" for name in self._held(root).names)
        return tuple(path for path in paths if os.path.lexists(path))

    def _nested(self, root: str) -> Iterator[str]:
        """Breadth first, so that what is near is seen before the bound is reached."""
        waiting = [root]
        for folder in waiting:
            held = self._held(folder)
            yield from held.nested
            waiting += held.others[: MOST_FOLDERS - len(waiting)]

    def _held(self, folder: str) -> Folder:
        try:
            seen = os.stat(folder, follow_symlinks=False)
            stamp = (seen.st_dev, seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns)
            known = self._known.get(folder)
            if known is None or known.stamp != stamp:
                known = _read(folder, stamp)
                if time.time_ns() - seen.st_ctime_ns > FRESH_NS:
                    self._known[folder] = known
        except OSError:
            return Folder()
        return known


def put_out_of_effect(made: Iterable[str], mark: str) -> list[str]:
    """Rename what came to be at these places, so that no tool obeys it; a sentence for each. What fails is said too."""
    said = []
    for path in made:
        name, held = os.path.basename(path), f"{path}{HELD}-{mark}"
        try:
            os.rename(path, held)
        except OSError as error:
            said.append(f"it made {name}, which other tools obey, and it could not be renamed: {error.strerror}")
        else:
            said.append(f"it made {name}, which other tools obey; it is kept as {os.path.basename(held)}")
    return said


def _read(folder: str, stamp: tuple[int, ...]) -> Folder:
    every = list(os.scandir(folder))
    folders = [entry for entry in every if entry.is_dir(follow_symlinks=False)]
    nested = tuple(entry.path for entry in folders if entry.name in NESTED)
    others = tuple(one.path for one in folders if one.name not in NESTED | SKIPPED)
    # File systems differ in which names are the same, but not for other letters of ASCII.
    spelled = {entry.name.casefold() for entry in every}
    near = (name for name in NAMES if name.partition("/")[0].casefold() in spelled)
    return Folder(stamp, tuple(near) if all(map(str.isascii, spelled)) else NAMES, nested, others)
