"""Reading and replacing the file that the gate judged, and no other: everything goes through the parent's descriptor.

A write is whole or it did not happen: a temporary file in the same folder, synced, then renamed over the name, if that
still is what was judged. Texts and edits are not its business.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from msgspec import Struct

from pegboard_sdk import FileHandle, ToolFailed

MAX_EDITED_BYTES: Final = 64 << 20
"""The largest file that is changed here; its old content is kept for undo."""

_TEMPORARY_PREFIX: Final = ".peg-"
_READ_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


class Original(Struct, frozen=True):
    """A file as it was when it was loaded. `state` changes whenever its content or its identity does."""

    data: bytes
    mode: int
    state: tuple[int, ...]


class Moved(ToolFailed):
    """The name is no longer what was judged; nothing was done."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} changed while this call ran, nothing was written; read it again and repeat the edit")


def state_of(found: os.stat_result) -> tuple[int, ...]:
    """What must stay equal for a file to count as unchanged."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@contextmanager
def parent_of(handle: FileHandle, *, making: bool = False) -> Iterator[tuple[int, str]]:
    """The folder's descriptor and the name in it. A grant may name folders that are missing below the judged one
    (`name` holds slashes); they are made if `making`. Raises ToolFailed when they cannot be entered."""
    *folders, name = handle.name.split("/")
    if name in ("", ".", "..") or {"", ".", ".."} & set(folders):
        raise ToolFailed(f"{handle.path} names no file in a folder; give the path of a file")
    held: list[int] = []
    try:
        fd = handle.fd
        for folder in folders:
            if making:
                with suppress(FileExistsError):
                    os.mkdir(folder, dir_fd=fd)
            fd = os.open(folder, _FOLDER_FLAGS, dir_fd=fd)
            held.append(fd)
        yield fd, name
    except OSError as error:
        raise _explained(error, handle.path) from error
    finally:
        for fd in held:
            os.close(fd)


def load(handle: FileHandle) -> Original | None:
    """The judged file's content; None when there was no file, and still is none.

    Raises ToolFailed: Moved when it is another file now, or what it is if it cannot be edited.
    """
    if not handle.exists:
        return None
    with parent_of(handle) as (folder, name):
        try:
            fd = os.open(name, _READ_FLAGS, dir_fd=folder)
        except FileNotFoundError:
            raise Moved(handle.path) from None
        try:
            found = os.fstat(fd)
            if (found.st_dev, found.st_ino) != (handle.device, handle.inode):
                raise Moved(handle.path)
            require_regular(found, handle.path)
            if found.st_size > MAX_EDITED_BYTES:
                raise ToolFailed(
                    f"{handle.path} has {found.st_size} bytes; at most {MAX_EDITED_BYTES} can be edited here. "
                    "Change it with a program"
                )
            with open(fd, "rb", closefd=False) as file:
                data = file.read()
            if state_of(os.fstat(fd)) != state_of(found):
                raise Moved(handle.path)
            return Original(data, stat.S_IMODE(found.st_mode), state_of(found))
        finally:
            os.close(fd)


def require_regular(found: os.stat_result, path: str) -> None:
    """Raises ToolFailed for what is no plain file, saying what it is."""
    kinds = {
        stat.S_IFDIR: "a folder; list it with glob",
        stat.S_IFLNK: "a symbolic link; name the file that it points to",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG:
        raise ToolFailed(f"{path} is {kinds.get(kind, 'no plain file')}")


def store(handle: FileHandle, data: bytes, original: Original | None, *, mode: int | None = None) -> os.stat_result:
    """Put `data` in the judged place: over `original`, or where nothing was. What the file is afterwards.

    Keeps mode, owner and extended attributes of the original; `mode` overrides. Raises Moved or ToolFailed; then the
    place holds what it held, and no temporary file is left.
    """
    with parent_of(handle, making=original is None) as (folder, name):
        temporary = f"{_TEMPORARY_PREFIX}{os.urandom(8).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(temporary, flags, 0o666 if original is None else 0o600, dir_fd=folder)
        try:
            with open(fd, "wb", closefd=False) as file:
                file.write(data)
            if original is not None:
                _require_same(folder, name, original, handle.path)
                _take_after(fd, folder, name, original)
            if mode is not None:
                os.fchmod(fd, mode)
            os.fsync(fd)
            _put(folder, temporary, name, original, handle.path)
            return os.fstat(fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise
        finally:
            os.close(fd)


def remove(handle: FileHandle, original: Original) -> None:
    """Delete the judged file. Raises Moved when it is another one now."""
    with parent_of(handle) as (folder, name):
        _require_same(folder, name, original, handle.path)
        os.unlink(name, dir_fd=folder)


def _put(folder: int, temporary: str, name: str, original: Original | None, path: str) -> None:
    """Give the temporary file its name. Where nothing was, a link refuses what came meanwhile; a rename could not."""
    if original is not None:
        _require_same(folder, name, original, path)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        raise Moved(path) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _require_absent(folder, name, path)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    os.unlink(temporary, dir_fd=folder)


def _require_same(folder: int, name: str, original: Original, path: str) -> None:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        raise Moved(path) from None
    if state_of(found) != original.state:
        raise Moved(path)


def _require_absent(folder: int, name: str, path: str) -> None:
    with suppress(FileNotFoundError):
        os.stat(name, dir_fd=folder, follow_symlinks=False)
        raise Moved(path)


def _take_after(fd: int, folder: int, name: str, original: Original) -> None:
    """Owner, attributes and mode of the original, as far as the system lets us; the mode last, since a change of owner
    clears bits of it. Another owner's set-user-id bit is not taken over."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    own = os.fstat(fd)
    if (own.st_uid, own.st_gid) != (found.st_uid, found.st_gid):
        with suppress(OSError):
            os.fchown(fd, -1, found.st_gid)
        with suppress(OSError):
            os.fchown(fd, found.st_uid, -1)
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            _copy_attributes(fd, folder, name)
    own = os.fstat(fd)
    is_same_owner = (own.st_uid, own.st_gid) == (found.st_uid, found.st_gid)
    os.fchmod(fd, original.mode if is_same_owner else original.mode & 0o1777)


def _copy_attributes(fd: int, folder: int, name: str) -> None:
    source = os.open(name, _READ_FLAGS, dir_fd=folder)
    try:
        for attribute in os.listxattr(source):
            with suppress(OSError):
                os.setxattr(fd, attribute, os.getxattr(source, attribute))
    finally:
        os.close(source)


def _explained(error: OSError, path: str) -> ToolFailed:
    """The system's error as something that a model can act upon."""
    said = {
        errno.ENOENT: f"{path}: its folder does not exist; make the folder first",
        errno.ENOTDIR: f"{path}: a part of the path is no folder",
        errno.ELOOP: f"{path} is a symbolic link; name the file that it points to",
        errno.ENOSPC: f"{path}: the disk is full; nothing was changed",
        errno.EDQUOT: f"{path}: the disk quota is used up; nothing was changed",
        errno.EACCES: f"{path}: the system does not permit it",
        errno.EROFS: f"{path}: the file system is read-only",
        errno.ENAMETOOLONG: f"{path}: the name is too long",
    }
    return ToolFailed(said.get(error.errno or 0, f"{path}: {error.strerror or error}"))
