"""Which names may have changed since they were looked at last: what inotify said, and all of what it cannot watch."""

import os
from typing import Protocol

from pegboard_undo.inotify import IGNORED, OVERFLOW, Inotify
from pegboard_undo.place import parted


class Watch(Protocol):
    """Where a workspace learns what to look at. Folders and names are relative to it."""

    def enter(self, folder: str) -> None:
        """A folder is about to be looked into: tell of it from now on."""

    def leave(self, folder: str) -> None:
        """A folder is gone from there."""

    def drain(self) -> None:
        """Take what was said meanwhile."""

    def doubt(self, path: str) -> None:
        """It is not what it was when it was looked at."""

    def taken(self) -> "Stale":
        """What is to be looked at again; from now on it counts as looked at."""

    def fileno(self) -> int:
        """Readable when there is something to drain; -1 where nobody tells."""

    def close(self) -> None:
        """Watch nothing any more."""


class Stale:
    """What is to be looked at: `all` of it, whole `folders` (not below them), and single `names` by folder."""

    def __init__(self) -> None:
        self.everything = False
        self.anew: set[str] = set()
        """Folders that are other ones now, whatever their numbers say."""
        self.folders: set[str] = set()
        self.names: dict[str, set[str]] = {}

    def add(self, folder: str, name: str) -> None:
        """A name, and its folder, whose times change with it."""
        self.names.setdefault(folder, set()).add(name)
        if folder:
            above, own = parted(folder)
            self.names.setdefault(above, set()).add(own)

    def __bool__(self) -> bool:
        return self.everything or bool(self.folders or self.names)


class Watched:
    """By inotify. Folders beyond what the system lets us watch are looked at anew each time."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._inotify = Inotify()
        self._folders: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        self._unwatched: set[str] = set()
        self._stale = Stale()
        self._stale.everything = True

    def enter(self, folder: str) -> None:
        try:
            watch = self._inotify.add(os.path.join(self._root, folder) if folder else self._root)
        except OSError:
            self._unwatched.add(folder)
            return
        self._unwatched.discard(folder)
        self._folders[watch] = folder
        self._watches[folder] = watch

    def leave(self, folder: str) -> None:
        self._unwatched.discard(folder)
        watch = self._watches.pop(folder, None)
        if watch is not None and self._folders.get(watch) == folder:
            del self._folders[watch]
            self._inotify.remove(watch)

    def drain(self) -> None:
        for event in self._inotify.events():
            if event.mask & OVERFLOW:
                self._stale.everything = True
                continue
            folder = self._folders.get(event.watch)
            if folder is None:
                continue
            if event.mask & IGNORED:
                del self._folders[event.watch]
                self._stale.anew.add(folder)
                if self._watches.get(folder) == event.watch:
                    del self._watches[folder]
            if event.name:
                self._stale.add(folder, event.name)
            elif folder:
                self._stale.add(*parted(folder))

    def doubt(self, path: str) -> None:
        self._stale.add(*parted(path))

    def taken(self) -> Stale:
        found, self._stale = self._stale, Stale()
        found.folders |= self._unwatched
        return found

    def fileno(self) -> int:
        return self._inotify.fileno()

    def close(self) -> None:
        self._inotify.close()


class Unwatched:
    """Where there is no inotify: everything is looked at each time."""

    def enter(self, folder: str) -> None:
        pass

    def leave(self, folder: str) -> None:
        pass

    def drain(self) -> None:
        pass

    def doubt(self, path: str) -> None:
        pass

    def taken(self) -> Stale:
        found = Stale()
        found.everything = True
        return found

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        pass


def watch_of(root: str) -> Watch:
    """The best that this system has for a folder."""
    try:
        return Watched(root)
    except OSError:
        return Unwatched()
