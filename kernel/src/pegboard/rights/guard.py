"""Protected names of the workspace and confined commands: what exists is shut, what comes to be is put out of effect.

A mount can shut what exists. What does not exist has nothing to mount on but a placeholder that every `ls` and `git
status` would show, so the names are looked at again when the command has ended: what it made is renamed, and said.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Final

from pegboard.gate.names import PROTECTED

NESTED: Final = frozenset({".git", ".husky", ".pegboard", ".claude", ".codex", ".cursor", ".vscode", ".idea"})
"""Folders that are looked for below the top, too."""

SKIPPED: Final = frozenset({"node_modules", ".venv", "venv", "target", "__pycache__", "dist", "build"})
MOST_FOLDERS: Final = 500
HELD: Final = ".held"


def names(root: str) -> Iterator[str]:
    """Every protected name at the top of `root` that is one plain path, existing or not."""
    for pattern in PROTECTED:
        name = pattern.removeprefix("**/")
        if "*" not in name:
            yield f"{root.rstrip('/')}/{name}"


def existing(roots: Iterable[str]) -> tuple[str, ...]:
    """The protected names below `roots` that exist: all at the top, the most dangerous in the first folders below."""
    found: dict[str, None] = {}
    for root in roots:
        found |= dict.fromkeys(path for path in names(root) if os.path.lexists(path))
        found |= dict.fromkeys(_nested(root))
    return tuple(path for path in found if not any(path.startswith(f"{above}/") for above in found))


def missing(roots: Iterable[str]) -> tuple[str, ...]:
    """Those that do not."""
    return tuple(path for root in roots for path in names(root) if not os.path.lexists(path))


def put_out_of_effect(were_missing: Iterable[str], mark: str) -> list[str]:
    """Rename what came to be at these places, so that no tool obeys it; a sentence for each. What fails is said too."""
    said = []
    for path in were_missing:
        if not os.path.lexists(path):
            continue
        name, held = os.path.basename(path), f"{path}{HELD}-{mark}"
        try:
            os.rename(path, held)
        except OSError as error:
            said.append(f"it made {name}, which other tools obey, and it could not be renamed: {error.strerror}")
        else:
            said.append(f"it made {name}, which other tools obey; it is kept as {os.path.basename(held)}")
    return said


def _nested(root: str) -> Iterator[str]:
    """Breadth first, so that what is near is seen before the bound is reached."""
    waiting, looked = [root], 0
    while waiting and looked < MOST_FOLDERS:
        folder, looked = waiting.pop(0), looked + 1
        try:
            entries = [entry for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        for entry in entries:
            if entry.name in NESTED:
                yield entry.path
            elif entry.name not in SKIPPED:
                waiting.append(entry.path)
