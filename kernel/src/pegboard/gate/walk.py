"""Following a path name by name, every folder on the way held open. Says where it leads; judges nothing.

Links are read from the descriptor that was opened and `..` goes back to the folder that we came through, so swapping
names meanwhile changes what is found, never where a found thing is believed to be.
"""

import errno
import os
import stat
from collections.abc import Sequence
from typing import Final

from pegboard.gate.names import SYSTEM
from pegboard.gate.openat import Opener, hold

_MAX_LINKS: Final = 40
_MAX_PARTS: Final = 4096


class Walk:
    """One path being followed. Holds descriptors until `close`; `take` hands out copies of the last two.

    `inside` stays true while every step was below the root. A path that was asked for as absolute may still enter it,
    recognised by identity; one that left the root by `..` or over a mount may not come back.
    """

    def __init__(self, opener: Opener, root_fd: int, root_path: str) -> None:
        self._opener, self._root_fd, self._root_path = opener, root_fd, root_path
        self._root = identity(os.fstat(root_fd))
        self._links = self._steps = 0
        self._held = [os.dup(root_fd)]
        self._may_enter = False
        self.inside = True
        self.parts: list[str] = []
        """Names reached: below the root while `inside`, else below `/`."""
        self.missing: list[str] = []
        """What does not exist, the first of it in the folder that was reached."""
        self.trouble = ""

    def close(self) -> None:
        """Closes every folder that is still held."""
        while self._held:
            os.close(self._held.pop())

    @property
    def folders(self) -> tuple[int, ...]:
        """The held folders: the first has `parts[0]`, the last has `missing[0]` or is the object itself."""
        return tuple(self._held)

    def follow(self, path: str) -> None:
        """Follows `path` from where we are. What stops it is left in `missing` or `trouble`."""
        pending = list(reversed(path.split("/")))
        try:
            while pending and not self.missing:
                self._steps += 1
                if self._steps > _MAX_PARTS:
                    raise OSError(errno.ENAMETOOLONG, "too many steps")
                self._step(pending.pop(), pending)
        except OSError as error:
            self.trouble = f"cannot be followed: {(error.strerror or str(error)).lower()}"

    def follow_absolute(self, path: str) -> None:
        """Follows `path` from `/`; it may lead into the workspace."""
        self._begin_at_top()
        self._may_enter = True
        self.follow(path)

    def take(self) -> tuple[int, int]:
        """Copies of the descriptors of the object (-1 when it is missing) and of its folder (-1 for a root)."""
        if self.missing:
            return -1, os.dup(self._held[-1])
        return os.dup(self._held[-1]), os.dup(self._held[-2]) if len(self._held) > 1 else -1

    def _step(self, part: str, pending: list[str]) -> None:
        if part in ("", "."):
            return
        if part == "..":
            self._go_up(pending)
            return
        try:
            found = self._open(part)
        except FileNotFoundError:
            self.missing = [part, *(rest for rest in reversed(pending) if rest not in ("", "."))]
            if ".." in self.missing:
                self.trouble = "goes through a folder that does not exist"
            return
        if found is None:
            self._leave([*self._root_parts(), *self.parts, part], pending)
        else:
            self._arrive(found, part, pending)

    def _open(self, part: str) -> int | None:
        """The next descriptor, None where a mount begins inside the workspace."""
        if not self.inside:
            return hold(part, self._held[-1])
        try:
            found = self._opener.below(self._held[-1], part)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return None
        return found

    def _arrive(self, found: int, part: str, pending: list[str]) -> None:
        self._held.append(found)
        status = os.fstat(found)
        if stat.S_ISLNK(status.st_mode):
            self._follow_link(os.readlink("", dir_fd=found), pending)
            return
        self.parts.append(part)
        through_system = not self.inside and f"/{self.parts[0]}" in SYSTEM
        self._may_enter = self._may_enter and not through_system
        if self._may_enter and not self.inside and identity(status) == self._root:
            self._restart(self._root_fd)
            self.inside = True

    def _follow_link(self, target: str, pending: list[str]) -> None:
        os.close(self._held.pop())
        self._links += 1
        if self._links > _MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        pending.extend(reversed(target.split("/")))
        if target.startswith("/"):
            self._may_enter = self.inside or self._may_enter
            self._begin_at_top()

    def _go_up(self, pending: list[str]) -> None:
        if self.parts:
            os.stat(".", dir_fd=self._held[-1])  # only a folder that may be passed has one
            self.parts.pop()
            os.close(self._held.pop())
        elif self.inside:
            self._leave(self._root_parts()[:-1], pending)

    def _leave(self, whole: Sequence[str], pending: list[str]) -> None:
        """Goes on from `/` to where we are, now as somebody outside who may not come back in."""
        self._begin_at_top()
        self._may_enter = False
        pending.extend(reversed(whole))

    def _begin_at_top(self) -> None:
        top = hold("/")
        self._restart(top)
        os.close(top)
        self.inside = False

    def _restart(self, folder: int) -> None:
        self.close()
        self._held = [os.dup(folder)]
        self.parts = []

    def _root_parts(self) -> list[str]:
        return [part for part in self._root_path.split("/") if part]


def identity(status: os.stat_result) -> tuple[int, int]:
    """Device and inode: which object it is, whatever it is called."""
    return status.st_dev, status.st_ino
