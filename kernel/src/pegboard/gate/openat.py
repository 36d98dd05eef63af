"""Opening one name below a held folder, without following anything: `openat2` on Linux, `O_NOFOLLOW` elsewhere."""

import ctypes
import errno
import os
import stat
import struct
import sys
from typing import Final

_OPENAT2: Final = 437
_NO_XDEV, _NO_MAGICLINKS, _BENEATH = 0x01, 0x02, 0x08
_TRIES: Final = 64


def _flags(*names: str) -> int:
    """The flags of these names that this system has."""
    return sum(getattr(os, name, 0) for name in names)


_HOLD: Final = _flags("O_PATH", "O_CLOEXEC", "O_NOFOLLOW") | (0 if hasattr(os, "O_PATH") else _flags("O_NONBLOCK"))


class Opener:
    """Opens single names. Falls back for good when the kernel has no `openat2`."""

    def __init__(self) -> None:
        self._call = ctypes.CDLL(None, use_errno=True).syscall if sys.platform == "linux" else None

    def below(self, folder: int, name: str) -> int:
        """A descriptor that names what `name` in `folder` is, a link itself included; nothing is read.

        Raises OSError; EXDEV where `name` is a mount point, so that a bind mount is no way out.
        """
        while self._call is not None:
            try:
                return self._openat2(folder, name)
            except OSError as error:
                if error.errno not in (errno.ENOSYS, errno.EPERM):
                    raise
                self._call = None
        found = hold(name, folder)
        status = os.fstat(found)
        if stat.S_ISDIR(status.st_mode) and status.st_dev != os.fstat(folder).st_dev:
            os.close(found)
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), name)
        return found

    def _openat2(self, folder: int, name: str) -> int:
        how = struct.pack("=QQQ", _HOLD, 0, _BENEATH | _NO_MAGICLINKS | _NO_XDEV)
        for _ in range(_TRIES):
            # EAGAIN: something was renamed meanwhile, and the kernel could not be sure that it stayed below.
            found = int(self._call(_OPENAT2, folder, os.fsencode(name), how, len(how)))  # type: ignore[misc]
            if found >= 0:
                return found
            if ctypes.get_errno() not in (errno.EAGAIN, errno.EINTR):
                break
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def hold(name: str, folder: int | None = None) -> int:
    """Like `Opener.below` outside the workspace, where mounts are no boundary."""
    return os.open(name, _HOLD, dir_fd=folder)


def reopen(held: int, flags: int) -> int:
    """A usable descriptor for the very object that `held` names. Raises OSError where rights are missing."""
    if sys.platform == "linux":
        return os.open(f"/proc/self/fd/{held}", flags | _flags("O_CLOEXEC"))
    return os.dup(held)
