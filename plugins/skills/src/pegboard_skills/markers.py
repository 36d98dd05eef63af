"""Which packs are about a project: by the names at its top. Nothing is opened, since nobody may have trusted it yet."""

import os
from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import islice
from typing import Final

from pegboard_skills.front import Skill

MAX_NAMES: Final = 4000


def names_in(workspace: str) -> set[str]:
    """The names at the top of a folder, folders with a slash behind; none of a folder that cannot be looked at."""
    try:
        with os.scandir(workspace) as entries:
            return {
                f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
                for entry in islice(entries, MAX_NAMES)
            }
    except OSError:
        return set()


def fitting(packs: Iterable[Skill], names: set[str]) -> list[Skill]:
    """The packs that have a marker among the names; one without markers is always about the project."""
    return [
        pack
        for pack in packs
        if not pack.markers or any(fnmatchcase(name, marker) for marker in pack.markers for name in names)
    ]
