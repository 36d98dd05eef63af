"""The index: what is in the workspace, looked at again where something may have changed. It reads no content."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from pegboard_undo.entry import Change, Entry, Kind, entry_of, with_content
from pegboard_undo.place import FOLDER, joined, opened, parted
from pegboard_undo.watch import Stale, Watch

MAX_ENTRIES: Final = 500_000

OURS: Final = tuple(f"{home}/pegboard" for home in (".local/share", ".local/state", ".config", ".cache"))
"""Where the program keeps its own things, if that is in the workspace at all: nobody undoes a journal."""

Identity = tuple[int, int]
"""Device and inode."""


class TooMany(Exception):
    """The workspace has more entries than are indexed."""


class Tree:
    """The workspace below the folder `root`, a descriptor that it owns. `remembered` gives a file's content where an
    earlier run knew it; folders in `without` are not entered, nor other file systems."""

    def __init__(
        self,
        root: int,
        watch: Watch,
        *,
        remembered: Callable[[str, Entry], Entry],
        without: Iterable[Identity] = (),
        max_entries: int = MAX_ENTRIES,
    ) -> None:
        self.root = root
        self.count = 0
        self._folders: dict[str, dict[str, Entry]] = {}
        self._linked: dict[Identity, set[str]] = {}
        self._watch = watch
        self._remembered = remembered
        self._without = frozenset(without)
        self._max_entries = max_entries
        self._device = os.fstat(root).st_dev
        self._anew: set[str] = set()

    def entry(self, path: str) -> Entry | None:
        """What is at a path, as far as it was looked at."""
        folder, name = parted(path)
        return self._folders.get(folder, {}).get(name)

    def put(self, path: str, entry: Entry) -> None:
        """What is there is known better now."""
        folder, name = parted(path)
        self._folders[folder][name] = entry

    def names(self, entry: Entry) -> list[str]:
        """The paths that are, or were, names of a file with several."""
        return sorted(self._linked.get((entry.device, entry.inode), ()))

    def below(self, folder: str) -> list[str]:
        """The names in a folder."""
        return list(self._folders.get(folder, ()))

    def look(self, stale: Stale) -> list[Change]:
        """Look at what may have changed; what did, folders before what is in them. Raises TooMany."""
        changes: list[Change] = []
        self._anew = stale.anew
        if stale.everything or "" not in self._folders:
            self._folders.setdefault("", {})
            self._look_into(os.dup(self.root), "", changes, deep=True)
            return changes
        for folder in sorted(stale.folders | stale.names.keys(), key=lambda path: path.count("/") + bool(path)):
            if folder not in self._folders:
                continue
            with suppress(OSError), opened(self.root, folder) as held:
                if folder in stale.folders:
                    self._look_into(os.dup(held), folder, changes, deep=False)
                else:
                    for name in stale.names[folder]:
                        self._look_at(held, folder, name, changes)
        for path in self._other_names(changes):
            folder, name = parted(path)
            with suppress(OSError), opened(self.root, folder) as held:
                self._look_at(held, folder, name, changes)
        return changes

    def _other_names(self, changes: list[Change]) -> list[str]:
        """Of the files that changed under one of their names: nobody tells of the others."""
        several = {
            (entry.device, entry.inode): entry.links
            for change in changes
            for entry in (change.before, change.after)
            if entry is not None and entry.links > 1
        }
        short = {place for place, links in several.items() if len(self._linked.get(place, ())) < links}
        if short:
            self._find(short)
        return sorted({path for each in several for path in self._linked.get(each, ()) if self.entry(path) is not None})

    def _find(self, places: set[Identity]) -> None:
        """Names from when each was the only one."""
        for folder, entries in self._folders.items():
            for name, entry in entries.items():
                if entry.kind is Kind.FILE and (entry.device, entry.inode) in places:
                    self._linked.setdefault((entry.device, entry.inode), set()).add(joined(folder, name))

    def _look_into(self, held: int, folder: str, changes: list[Change], *, deep: bool) -> None:
        """All of a folder, whose descriptor is closed."""
        try:
            self._watch.enter(folder)
            with os.scandir(held) as entries:
                found = {each.name: each for each in entries}
            for name in [name for name in self._folders[folder] if name not in found]:
                self._gone(folder, name, changes)
            for name, each in found.items():
                with suppress(FileNotFoundError):
                    self._take(held, folder, name, each.stat(follow_symlinks=False), changes, deep=deep)
        finally:
            os.close(held)

    def _look_at(self, held: int, folder: str, name: str, changes: list[Change]) -> None:
        try:
            found = os.stat(name, dir_fd=held, follow_symlinks=False)
        except OSError:
            self._gone(folder, name, changes)
        else:
            self._take(held, folder, name, found, changes, deep=False)

    def _take(
        self, held: int, folder: str, name: str, found: os.stat_result, changes: list[Change], *, deep: bool
    ) -> None:
        path, known = joined(folder, name), self._folders[folder].get(name)
        entry = entry_of(found)
        is_folder = entry.kind is Kind.FOLDER
        if is_folder and ((entry.device, entry.inode) in self._without or path.endswith(OURS)):
            return
        is_new = known is None or known.body[:2] != entry.body[:2] or path in self._anew
        if known is None or known.version != entry.version or known.kind is not entry.kind:
            if entry.kind is Kind.LINK:
                entry = with_content(entry, os.fsencode(os.readlink(name, dir_fd=held)))
            elif entry.kind is Kind.FILE:
                entry = self._remembered(path, entry)
            self._note(folder, name, entry, changes)
        if is_folder and (deep or is_new) and entry.device == self._device:
            with suppress(OSError):
                below = os.open(name, FOLDER, dir_fd=held)
                self._folders.setdefault(path, {})
                self._look_into(below, path, changes, deep=True)

    def _note(self, folder: str, name: str, entry: Entry, changes: list[Change]) -> None:
        path, known = joined(folder, name), self._folders[folder].get(name)
        if known is not None and known.kind is Kind.FOLDER and entry.kind is not Kind.FOLDER:
            self._empty(path, changes)
        self.count += known is None
        if self.count > self._max_entries:
            raise TooMany
        self._folders[folder][name] = entry
        if entry.links > 1:
            self._linked.setdefault((entry.device, entry.inode), set()).add(path)
        changes.append(Change(path, known, entry))

    def _gone(self, folder: str, name: str, changes: list[Change]) -> None:
        known = self._folders[folder].pop(name, None)
        if known is None:
            return
        self.count -= 1
        path = joined(folder, name)
        changes.append(Change(path, known, None))
        if known.kind is Kind.FOLDER:
            self._empty(path, changes)

    def _empty(self, folder: str, changes: list[Change]) -> None:
        for name in self.below(folder):
            self._gone(folder, name, changes)
        self._folders.pop(folder, None)
        self._watch.leave(folder)
