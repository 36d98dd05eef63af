"""Makes the planned mounts, and moves this process into them. It needs a mount namespace of its own and CAP_SYS_ADMIN.

Everything that is shown is opened before anything is covered, and put in place by descriptor: no name is looked up
twice.
"""

import os
import stat
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from pegboard.sandbox import calls
from pegboard.sandbox.tree import MOST_OF_SCRATCH, Kind, Mount

BASE: Final = "/tmp"
_HERE, _CLONE, _MOVE_DESCRIPTOR, _PRIVATE = -100, 1 | os.O_CLOEXEC, 4, 0x44000
_NO_FOLLOW, _EMPTY_PATH, _RECURSIVE = 0x100, 0x1000, 0x8000
_NO_EXEC, _TREE_FLAGS, _READ, _DEVICE = 8, 2 | 4, 1 | 2 | 4, 1 | 2 | 8
"""Mount attributes: read-only is 1, no setuid programs 2, no devices 4, no programs 8."""
_ATTRIBUTES: Final = {
    Kind.READ: _READ, Kind.SHUT: _READ, Kind.WRITE: _TREE_FLAGS, Kind.PIN: _TREE_FLAGS, Kind.DEVICE: _DEVICE
}  # fmt: skip


def begin(mounts: Sequence[Mount], base: str = BASE) -> None:
    """Start a tree with these at `base`, which it covers; nobody is in it yet. Raises OSError."""
    calls.mount("", "/", "", _PRIVATE)
    opened = [_opened(mount) for mount in mounts]
    calls.mount("tmpfs", base, "tmpfs", _TREE_FLAGS, "mode=0755,size=1m")
    os.chdir(base)
    os.makedirs("./.nothing/folder", 0o755)
    os.close(os.open("./.nothing/file", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o444))
    _place_all(mounts, opened)


def add(mounts: Sequence[Mount]) -> None:
    """Put these into the tree that was begun, none of them from below its base. Raises OSError."""
    _place_all(mounts, [_opened(mount) for mount in mounts])


def move_in() -> None:
    """Leave the system's tree for the one that was begun. Raises OSError."""
    calls.call("pivot_root", calls.PIVOT_ROOT[calls.machine()], b".", b".")
    calls.detach(".")
    os.chdir("/")
    _set(_HERE, b"/", _READ, 0)


def _place_all(mounts: Sequence[Mount], opened: Sequence[int]) -> None:
    for mount, descriptor in zip(mounts, opened, strict=True):
        _place(mount, descriptor)


def _opened(mount: Mount) -> int:
    if mount.kind not in _ATTRIBUTES:
        return -1
    flags = _CLONE | _RECURSIVE | (_NO_FOLLOW if mount.kind is Kind.SHUT else 0)
    descriptor = calls.call(mount.source, calls.OPEN_TREE, _HERE, os.fsencode(mount.source), flags)
    _set(descriptor, b"", _ATTRIBUTES[mount.kind], _EMPTY_PATH | _RECURSIVE)
    return descriptor


def _set(descriptor: int, path: bytes, attributes: int, flags: int) -> None:
    words = struct.pack("=QQQQ", attributes, 0, 0, 0)
    calls.call("mount attributes", calls.MOUNT_SETATTR, descriptor, path, flags, words, len(words))


def _place(mount: Mount, descriptor: int) -> None:
    target = "." + mount.target
    match mount.kind:
        case Kind.LINK:
            _make_room(target, None)
            with suppress(FileExistsError):
                os.symlink(mount.source, target)
        case Kind.TEXT:
            _make_room(target, None)
            with suppress(FileExistsError), open(target, "x", encoding="utf-8") as file:
                file.write(mount.source)
        case Kind.MEMORY:
            _make_room(target, is_folder=True)
            calls.mount("tmpfs", target, "tmpfs", _TREE_FLAGS, f"mode=1777,size={MOST_OF_SCRATCH}")
        case Kind.PROCESSES:
            _make_room(target, is_folder=True)
            calls.mount("proc", target, "proc", _READ | _NO_EXEC)
        case Kind.HIDDEN:
            name = b"folder" if os.path.isdir(target) else b"file"
            nothing = calls.call(mount.target, calls.OPEN_TREE, _HERE, b"./.nothing/" + name, _CLONE)
            _set(nothing, b"", _READ, _EMPTY_PATH)
            _move(nothing, target)
        case _:
            _make_room(target, is_folder=stat.S_ISDIR(os.fstat(descriptor).st_mode))
            _move(descriptor, target)


def _move(descriptor: int, target: str) -> None:
    to = os.fsencode(target)
    calls.call(f"showing {target[1:]}", calls.MOVE_MOUNT, descriptor, b"", _HERE, to, _MOVE_DESCRIPTOR)
    os.close(descriptor)


def _make_room(target: str, is_folder: bool | None) -> None:  # noqa: FBT001 - None makes only what lies above
    folder = target if is_folder else os.path.dirname(target)
    os.makedirs(folder, mode=0o755, exist_ok=True)
    if is_folder is False and not os.path.lexists(target):
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
