"""What one call may search: the folder or file that the gate opened, and what below it must not be shown."""

import fcntl
import os
import stat
import sys
from contextlib import suppress
from typing import Final

from pegboard_sdk import FileHandle, ToolFailed
from pegboard_search.hidden import Hidden

REPOSITORIES: Final = (".git", ".hg", ".svn", ".jj")
"""Folders of version control: never searched."""
DESCRIPTORS: Final = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
"""Where a process finds its own descriptors as files."""

_F_GETPATH: Final = 50
"""macOS's `fcntl` that tells the path of a descriptor."""


class Scope:
    """A judged folder, or a single file (`is_file`). Paths inside are relative to it, with `/`."""

    def __init__(self, handle: FileHandle) -> None:
        if not handle.exists:
            raise ToolFailed(f"{handle.path} does not exist; find its name with glob from a folder above")
        kind = os.fstat(handle.fd).st_mode
        if not (stat.S_ISDIR(kind) or stat.S_ISREG(kind)):
            raise ToolFailed(f"{handle.path} is neither a folder nor a plain file")
        self.fd = handle.fd
        self.path = handle.path
        self.is_file = stat.S_ISREG(kind)
        if self.is_file:
            os.lseek(handle.fd, 0, os.SEEK_SET)
        else:
            self._come_inside()
        self.excluded = tuple(pattern for pattern in handle.exclude if not pattern.startswith("!"))
        self._hidden = Hidden([*self.excluded, *REPOSITORIES])

    def hides(self, path: str) -> bool:
        """Whether a path below (a folder's ends in `/`) must not be shown; letter case does not count."""
        return self._hidden.covers(path)

    def shown(self, path: str) -> str:
        """A path below as people and other tools are told it."""
        if self.is_file:
            return self.path
        return path if self.path in (".", "") else f"{self.path.rstrip('/')}/{path}"

    def folder(self) -> str:
        """A path by which a child of this process enters the folder that is held, and no other."""
        return f"{DESCRIPTORS}/{self.fd}" if sys.platform == "linux" else self.real() or ""

    def _come_inside(self) -> None:
        """In a sandbox the descriptor leads outside the tree that we see, where ripgrep has no current folder. Where
        the same folder is in our tree, it takes the descriptor's place."""
        real = self.real()
        if real is None:
            return
        with suppress(OSError):
            inside = os.open(real, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                if os.path.samestat(os.fstat(inside), os.fstat(self.fd)):
                    os.dup2(inside, self.fd, inheritable=False)
            finally:
                os.close(inside)

    def real(self) -> str | None:
        """Where the folder lies, as far as the system tells; for finding ignore files above it."""
        try:
            if sys.platform == "linux":
                return os.readlink(f"{DESCRIPTORS}/{self.fd}")
            return os.fsdecode(fcntl.fcntl(self.fd, _F_GETPATH, bytes(1024)).rstrip(b"\0"))
        except OSError:
            return None


def above(scope: Scope) -> list[str] | None:
    """The folders from the repository's top down to just above the scope; None where it is in no repository."""
    real = scope.real()
    if real is None or not os.path.isabs(real):
        return None
    found: list[str] = []
    while not os.path.lexists(os.path.join(real, ".git")):
        parent = os.path.dirname(real)
        if parent == real:
            return None
        found.insert(0, parent)
        real = parent
    return found
