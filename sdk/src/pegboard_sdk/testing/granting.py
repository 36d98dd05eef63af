"""What the kernel would open for a tool: grants of files and folders, for tests. Nothing is judged here."""

import os
from pathlib import Path

from msgspec import Struct

from pegboard_sdk.wire.methods import FileGrant


class Granted(Struct, frozen=True):
    """A grant and its descriptor, which the board closes when the call has been sent."""

    grant: FileGrant
    fd: int


def reading(path: Path) -> Granted:
    """A file, opened for reading."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    status = os.fstat(fd)
    return Granted(FileGrant(slot=0, path=path.name, access="read", device=status.st_dev, inode=status.st_ino), fd)


def writing(path: Path) -> Granted:
    """A name in its folder, whether it exists or not."""
    fd = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        status = os.stat(path.name, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return Granted(FileGrant(slot=0, path=path.name, access="write", name=path.name, exists=False), fd)
    grant = FileGrant(slot=0, path=path.name, access="write", name=path.name, device=status.st_dev, inode=status.st_ino)
    return Granted(grant, fd)


def listing(path: Path, exclude: tuple[str, ...] = ()) -> Granted:
    """A folder; `exclude` are gitignore patterns of what must not be shown."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    status = os.fstat(fd)
    grant = FileGrant(slot=0, path=path.name, access="list", device=status.st_dev, inode=status.st_ino, exclude=exclude)
    return Granted(grant, fd)
