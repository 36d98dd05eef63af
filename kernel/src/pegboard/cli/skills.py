"""The files of skills that a session may obey: the user's own, and those of a folder that somebody trusts.

Content is taken from what trust was bound to, never read again. What a skill is, the plugin `skills` knows.
"""

import os
from pathlib import Path
from typing import Final

from pegboard.policy import Obeyed

OWN: Final = "skills"
"""Below the user's configuration."""
FOLDERS: Final = (".pegboard/skills/", ".agents/skills/", ".claude/skills/")
"""Of a project."""
MOST_BYTES: Final = (64 << 10) + 1
"""Of one file: enough to see that it is larger than a skill may be."""
MOST_IN_ALL: Final = 4 << 20
MOST_FILES: Final = 1000


def skills_of(config: Path, obeyed: Obeyed) -> dict[str, bytes]:
    """Files by their path, the user's below `~/skills/`; cut at `MOST_BYTES`, and empty once all are too large."""
    found = dict(_own(config / OWN))
    found |= {name: data for name, data in obeyed.files.items() if name.startswith(FOLDERS)}
    room = MOST_IN_ALL
    for name, data in found.items():
        kept = data[:MOST_BYTES] if room > 0 else b""
        room -= len(kept)
        found[name] = kept
    return found


def _own(folder: Path) -> list[tuple[str, bytes]]:
    """The user's own. The folder of a skill may be a link, as dotfiles are kept; below it none is followed."""
    found: list[tuple[str, bytes]] = []
    try:
        skills = sorted(each for each in folder.iterdir() if each.is_dir())
    except OSError:
        return []
    for skill in skills:
        for at, folders, names in os.walk(skill):
            folders.sort()
            for name in sorted(names):
                path = Path(at, name)
                if len(found) < MOST_FILES and path.is_file() and not path.is_symlink():
                    found.append((f"~/{OWN}/{path.relative_to(folder).as_posix()}", _content(path)))
    return found


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError:
        # Told by whoever wants it: it has nothing in it.
        return b""
