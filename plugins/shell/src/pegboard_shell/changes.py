"""What a command changed in the workspace, and putting it back. It knows files, not commands."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from msgspec import Struct

from pegboard_shell.attic import Attic, read_small, version_of
from pegboard_shell.survey import Entry, Kind, Survey, entry_of

RACY_NS: Final = 20_000_000
"""A file that was written so shortly before a survey may be written again without a new time."""


class Change(Struct, frozen=True):
    """One path before and after; None where it was not there."""

    path: str
    before: Entry | None
    after: Entry | None


def changes_between(before: Survey, after: Survey, *, at_ns: int, root: int, attic: Attic) -> tuple[Change, ...]:
    """What differs; `at_ns` is when `before` was made. A file that was only touched has not changed."""
    found = [Change(path, before.get(path), after.get(path)) for path in sorted(before.keys() | after.keys())]
    changed = tuple(each for each in found if _differs(each, at_ns, root, attic))
    _keep_outcomes(changed, root, attic)
    return changed


def _keep_outcomes(changes: tuple[Change, ...], root: int, attic: Attic) -> None:
    """Copy what was written, to know it again when only its times have changed."""
    keep = attic.keeper()
    for change in changes:
        if change.after is not None and change.after.kind is Kind.FILE:
            with suppress(OSError), folder_of(root, change.path) as (folder, name):
                keep(folder, name, change.after)


def _differs(change: Change, at_ns: int, root: int, attic: Attic) -> bool:
    old, new = change.before, change.after
    if old is None or new is None or old.kind is not new.kind or old.mode != new.mode or old.target != new.target:
        return True
    if old.kind is not Kind.FILE or (version_of(old) == version_of(new) and at_ns - old.mtime_ns > RACY_NS):
        return False
    kept = attic.content_of(old)
    if kept is None:
        return (old.inode, old.size, old.mtime_ns) != (new.inode, new.size, new.mtime_ns)
    return kept != _content(root, change.path)


def _content(root: int, path: str) -> bytes | None:
    try:
        with folder_of(root, path) as (folder, name):
            return read_small(folder, name)
    except OSError:
        return None


def can_restore(change: Change, attic: Attic) -> bool:
    """Whether what was there before is known."""
    old = change.before
    return old is None or old.kind is not Kind.FILE or attic.content_of(old) is not None


def restore(root: int, change: Change, attic: Attic) -> str:
    """Put one path back below the folder `root`. Returns why not; empty when it is as it was.

    Never overwrites what was changed again since, follows no link, and replaces files whole.
    """
    if not can_restore(change, attic):
        return "no copy was kept"
    try:
        with folder_of(root, change.path) as (folder, name):
            if not _is_still(folder, name, change.after, attic):
                return "changed again since"
            _put_back(folder, name, change, attic)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _put_back(folder: int, name: str, change: Change, attic: Attic) -> None:
    old, new = change.before, change.after
    if new is not None and new.kind is Kind.FOLDER and (old is None or old.kind is not Kind.FOLDER):
        os.rmdir(name, dir_fd=folder)
    if old is None:
        if new is not None and new.kind is not Kind.FOLDER:
            os.unlink(name, dir_fd=folder)
    elif old.kind is Kind.FOLDER:
        if new is None or new.kind is not Kind.FOLDER:
            if new is not None:
                os.unlink(name, dir_fd=folder)
            os.mkdir(name, dir_fd=folder)
        os.chmod(name, old.mode, dir_fd=folder)
    else:
        temporary = f".{name[:100]}.{os.getpid()}.undo"
        try:
            _write(folder, temporary, old, attic)
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise


def _write(folder: int, name: str, old: Entry, attic: Attic) -> None:
    if old.kind is Kind.LINK:
        os.symlink(old.target, name, dir_fd=folder)
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, 0o600, dir_fd=folder), "wb") as file:
        file.write(attic.content_of(old) or b"")
        os.fchmod(file.fileno(), old.mode)


def _is_still(folder: int, name: str, wanted: Entry | None, attic: Attic) -> bool:
    """Whether the name is as the command left it."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return wanted is None
    if wanted is None:
        return False
    if wanted.kind is Kind.FILE:
        return stat.S_ISREG(status.st_mode) and _is_same(folder, name, entry_of(status), wanted, attic)
    if wanted.kind is Kind.LINK:
        return stat.S_ISLNK(status.st_mode) and os.readlink(name, dir_fd=folder) == wanted.target
    return stat.S_ISDIR(status.st_mode)


def _is_same(folder: int, name: str, found: Entry, wanted: Entry, attic: Attic) -> bool:
    if version_of(found) == version_of(wanted):
        return True
    kept = attic.content_of(wanted)
    return kept is not None and found.mode == wanted.mode and kept == read_small(folder, name)


@contextmanager
def folder_of(root: int, path: str) -> Iterator[tuple[int, str]]:
    """The folder that a path lies in, opened without following a link, and the name there. Raises OSError."""
    *folders, name = path.split("/")
    folder = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=root)
    try:
        for each in folders:
            below = os.open(each, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            os.close(folder)
            folder = below
        yield folder, name
    finally:
        os.close(folder)
