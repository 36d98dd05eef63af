"""Copies what is in the workspace to where it is kept: in the background, sources first, and before a call at once."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Final

from pegboard_undo.contents import Contents, Full
from pegboard_undo.entry import Entry, Kind, with_content
from pegboard_undo.policy import Bounds, is_heavy
from pegboard_undo.tree import Tree

RACY_NS: Final = 12_000_000
"""A file that was written so shortly ago may be written again without a new time."""

Kept = Callable[[str, Entry, Entry], None]
"""Told of each file whose content is kept now: as it was in the index, and with its content."""


Told = tuple[Kept, Callable[[str], None]]
"""And of each file that is not what the index says."""


class Why(Enum):
    """Why a file is not kept."""

    LARGE = "too large"
    FULL = "no room"
    UNREADABLE = "not readable"


class Copying:
    """What is waiting to be copied, and what cannot be. Used under the workspace's lock."""

    def __init__(self, root: str, tree: Tree, contents: Contents, bounds: Bounds, told: Told) -> None:
        self._root = root
        self._tree = tree
        self._contents = contents
        self._bounds = bounds
        self._kept, self._doubt = told
        self._waiting: tuple[OrderedDict[str, None], OrderedDict[str, None]] = (OrderedDict(), OrderedDict())
        self.unkept: dict[str, Why] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting))

    def want(self, path: str, *, soon: bool = False) -> None:
        """Copy this when there is time, or before all others."""
        queue = self._waiting[is_heavy(path) and not soon]
        queue[path] = None
        if soon:
            queue.move_to_end(path, last=False)

    def retry(self) -> None:
        """There is room again."""
        for path in [path for path, why in self.unkept.items() if why is Why.FULL]:
            self.want(path)

    def forget(self, path: str) -> None:
        """It is not there any more."""
        for queue in self._waiting:
            queue.pop(path, None)
        self.unkept.pop(path, None)

    def at_once(self, paths: Iterable[str], end: float) -> None:
        """Copy these now, until the clock says `end`; what is too new waits its moment."""
        for path in paths:
            if self._copy(path) or time.monotonic() >= end:
                continue
            time.sleep(RACY_NS / 1e9)
            self._copy(path)

    def some(self, end: float) -> bool:
        """Copy what waits, until the clock says `end`; whether there is more that can be copied."""
        for queue in self._waiting:
            for _ in range(len(queue)):
                path, _ = queue.popitem(last=False)
                if not self._copy(path):
                    queue[path] = None
                if time.monotonic() >= end:
                    return True
        return False

    def _copy(self, path: str) -> bool:
        """False when it is too new to be copied."""
        entry = self._tree.entry(path)
        if entry is None or entry.kind is not Kind.FILE or entry.content:
            return True
        if entry.size > self._bounds.file:
            self.unkept[path] = Why.LARGE
            return True
        if time.time_ns() - RACY_NS < entry.ctime_ns <= time.time_ns():
            return False
        try:
            self._keep(path, entry)
        except Full:
            self.unkept[path] = Why.FULL
        except OSError:
            self.unkept[path] = Why.UNREADABLE
        return True

    def _keep(self, path: str, entry: Entry) -> None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(os.path.join(self._root, path), flags)
        try:
            if _version(file) != entry.version:
                self._doubt(path)
                return
            content = self._contents.keep(file, entry.size, heavy=is_heavy(path))
            attributes = _attributes(file)
            if _version(file) == entry.version:
                self.unkept.pop(path, None)
                known = with_content(entry, content, attributes)
                self._tree.put(path, known)
                self._kept(path, entry, known)
        finally:
            os.close(file)


def _version(file: int) -> tuple[int, ...]:
    found = os.fstat(file)
    mode = found.st_mode & 0o7777
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, mode)


def _attributes(file: int) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(file, name) for name in os.listxattr(file) if name.startswith("user.")}
    except (OSError, AttributeError):
        return {}
