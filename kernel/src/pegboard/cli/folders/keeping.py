"""The folders that were added to a session, kept beside its journal for when it is gone on with.

This file grants them, and no record does: a session that came from elsewhere brings no folder along.
"""

import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.places import replacing

FILE: Final = "folders.json"


class Kept(Struct, frozen=True):
    """A folder that was added, as it was then."""

    path: str
    """Its real path."""
    device: int
    inode: int

    @property
    def stands(self) -> bool:
        """Whether that very folder is still there."""
        try:
            return seen(self.path) == self
        except OSError:
            return False


def seen(path: str) -> Kept:
    """What stands at a real path now. Raises OSError."""
    status = os.stat(path, follow_symlinks=False)
    return Kept(path, status.st_dev, status.st_ino)


def kept(session: Path) -> tuple[Kept, ...]:
    """What was added to the session in this folder; nothing where that cannot be read."""
    try:
        return msgspec.json.decode((session / FILE).read_bytes(), type=tuple[Kept, ...])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return ()


def keep(session: Path, folders: tuple[Kept, ...]) -> None:
    """Let the session have these. Raises OSError."""
    with replacing(session / FILE) as file:
        file.write(msgspec.json.encode(tuple(dict.fromkeys(folders))))


def carry(old: Path, new: Path) -> None:
    """Let the session in `new` have what was added to the one in `old`, of which it is a copy. Raises OSError."""
    if folders := kept(old):
        keep(new, folders)
