"""Names that must not come to be: while a confined process lives, something empty stands where each is missing.

A read-only mount needs something to lie on. What is put there is marked (by its mode, without content), held by a lock
while anybody's mount lies on it, and taken away by the last holder. One who was killed leaves it; `sweep` finds it by
its mark.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from pegboard.sandbox.system import is_below

MODE: Final = 0o1444
"""Nobody else makes files or folders like this: read-only for all, not to be entered, and sticky."""


Held = dict[str, int]
"""Placeholders, each with the descriptor whose lock says that it is in use."""


def hold(shut: Iterable[str], roots: Iterable[str]) -> Held:
    """Put one where the first missing part of each path below `roots` would be.

    Where the user may not, nobody confined may either. Raises OSError when a place cannot be taken for another reason.
    """
    held: Held = {}
    for missing, is_folder in (first_missing(path) for path in shut if is_below(path, roots)):
        try:
            if missing and missing not in held:
                held[missing] = _take(missing, is_folder=is_folder)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
                raise
    return held


def first_missing(path: str) -> tuple[str, bool]:
    """The highest part of a path that does not exist, and whether it is to be a folder; empty when all of it exists."""
    missing, is_folder = path.rstrip("/"), path.endswith("/")
    if os.path.lexists(missing) and not _is_ours(missing):
        return "", False
    while not os.path.lexists(parent := os.path.dirname(missing)) or _is_ours(parent):
        missing, is_folder = parent, True
    return missing, is_folder


def release(held: Held) -> None:
    """Give up the locks, and take away what nobody else holds."""
    for path, descriptor in held.items():
        os.close(descriptor)
        _remove(path)


def sweep(shut: Iterable[str]) -> None:
    """Take away what killed processes left at these places; what living ones hold stays."""
    for path in shut:
        for part in (path.rstrip("/"), *map(str, Path(path).parents)):
            _remove(part)


def _take(path: str, *, is_folder: bool) -> int:
    while True:
        with suppress(FileExistsError):
            if is_folder:
                os.mkdir(path, 0)
            else:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0))
            os.chmod(path, MODE)
        with suppress(FileNotFoundError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if _is_at(descriptor, path):
                return descriptor
            os.close(descriptor)


def _remove(path: str) -> None:
    if not _is_ours(path):
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(descriptor, path):
                (os.rmdir if os.path.isdir(path) else os.unlink)(path)
        finally:
            os.close(descriptor)


def _is_at(descriptor: int, path: str) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    return False


def _is_ours(path: str) -> bool:
    with suppress(OSError):
        status = os.lstat(path)
        return status.st_mode & 0o7777 == MODE and (stat.S_ISDIR(status.st_mode) or status.st_size == 0)
    return False
