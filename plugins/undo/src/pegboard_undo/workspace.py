"""One folder that is watched: its index, what is kept of it, and which call is changing it. It owns a thread."""

import os
import select
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pegboard_undo.contents import Contents
from pegboard_undo.copying import RACY_NS, Copying
from pegboard_undo.database import Database
from pegboard_undo.entry import Change, Entry, is_same
from pegboard_undo.ledger import Call, Ledger
from pegboard_undo.policy import Bounds
from pegboard_undo.pruning import Pruning
from pegboard_undo.tree import Identity, TooMany, Tree
from pegboard_undo.watch import watch_of

ENDS_S: Final = 0.5
READY_S: Final = 8.0
"""The first look at a workspace has this long; a call waits no longer for it."""
NAMED_S: Final = 2.0
OTHERS_S: Final = 0.2
"""How long a call waits for copies: of files that its arguments name, and of the rest."""
AFTER_S: Final = 0.05
KEEP_S: Final = 60.0
SLICE_S: Final = 0.02


class Workspace:
    """`start` it, then tell it of calls. Usable from any thread; whoever wants several steps at one takes `lock`."""

    def __init__(self, root: str, folder: Path, bounds: Bounds, without: Iterable[Identity] = ()) -> None:
        """What is kept lies in `folder`; the folders `without` are others'."""
        self.path = root
        self.lock = threading.RLock()
        self.off = ""
        """Why nothing is watched, if so."""
        self._bounds = bounds
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = Database(folder / "undo.db")
        self.ledger = Ledger(self._database)
        self.contents = Contents(self._database, folder / "contents", (bounds.keep, bounds.heavy))
        home = folder.parent.parent.stat()
        self._seen: dict[str, Entry] = {}
        self._watch = watch_of(root)
        self.tree = Tree(
            os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC),
            self._watch,
            remembered=self._remembered,
            without=((home.st_dev, home.st_ino), *without),
            max_entries=bounds.files,
        )
        self.copying = Copying(root, self.tree, self.contents, bounds, (self._kept, self._watch.doubt))
        self._pruning = Pruning(self._database, self.contents, self.ledger, self.copying)
        self._late: dict[tuple[str, tuple[int, ...]], list[int]] = {}
        self._calls: list[Call] = []
        self._told: set[str] = set()
        self._ready = threading.Event()
        self._bell = os.pipe()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="undo", daemon=True)

    def start(self) -> None:
        """Begin to look and to copy, in the background."""
        self._thread.start()

    def close(self) -> None:
        """Everything is let go of; a thread that is looking at a large tree ends with the process instead."""
        self._ended = True
        self._ring()
        self._thread.join(ENDS_S)
        if self._thread.is_alive():
            return
        with self.lock:
            self._watch.close()
            self._database.close()
            for descriptor in (*self._bell, self.tree.root):
                os.close(descriptor)

    def wait(self, seconds: float = READY_S) -> bool:
        """Whether the first look is over."""
        return self._ready.wait(seconds)

    # Calls.

    def before(self, call: Call, named: Iterable[str]) -> list[str]:
        """A call is about to run: what it may change is kept, as far as that goes; the paths that are not."""
        with self.lock:
            self.refresh()
            if len(self.copying):
                with self._database.together(durable=True):
                    self.copying.at_once(named, time.monotonic() + NAMED_S)
                    self.copying.some(time.monotonic() + OTHERS_S)
                    self._rest()
            self._calls.append(call)
            unkept = [path for path in self.copying.unkept if path not in self._told]
            self._told.update(unkept)
            self._ring()
            return unkept

    def after(self, call: str) -> list[str]:
        """A call ended: the paths that it changed and that cannot be put back."""
        with self.lock:
            found = next((each for each in self._calls if each.call == call), None)
            if found is None:
                return []
            changes = self.refresh()
            self._calls.remove(found)
            with self._database.together():
                if found.beyond:
                    self._note(found, [])
                self.copying.some(time.monotonic() + AFTER_S)
            self._ring()
            moved = {change.after.body for change in changes if change.after is not None}
            lost = [(change.path, change.before) for change in changes if change.before is not None]
            return [path for path, entry in lost if entry.is_blank and entry.body not in moved]

    def ended(self, session: str) -> None:
        """A run ended, and its calls with it, also those that were cancelled."""
        with self.lock:
            if any(each.session == session for each in self._calls):
                self.refresh()
                self._calls = [each for each in self._calls if each.session != session]

    @property
    def waiting(self) -> int:
        """How many files are still to be kept."""
        return len(self.copying)

    def keep(self, paths: Iterable[str]) -> None:
        """Copy what stands at these paths, however long it takes."""
        with self._database.together():
            self.copying.at_once(paths, time.monotonic() + KEEP_S)

    def refresh(self, *, ours: bool = False) -> list[Change]:
        """Look at what may have changed. What did belongs to the newest call under way; to nobody where there is none,
        and where it is `ours`."""
        self._watch.drain()
        stale = self._watch.taken()
        if self.off or not stale:
            return []
        try:
            changes = self.tree.look(stale)
        except TooMany:
            self.off = f"more than {self._bounds.files:,} files are in {self.path}"
            return []
        gone = [change.path for change in changes if change.after is None]
        for path in gone:
            self.copying.forget(path)
        with self._database.together():
            self.ledger.forget_seen([path for path in gone if self._seen.pop(path, None) is not None])
            if self._calls and not ours and not all(is_same(change.before, change.after) for change in changes):
                self._note(self._calls[-1], changes)
        for change in changes:
            if change.after is not None and change.after.is_blank:
                self.copying.want(change.path, soon=bool(self._calls))
        return changes

    def _note(self, call: Call, changes: list[Change]) -> None:
        rows = self.ledger.note(call, changes)
        for row, change in zip(rows, changes, strict=True):
            if change.after is not None and change.after.is_blank:
                self._late.setdefault((change.path, change.after.version), []).append(row)

    def _ring(self) -> None:
        """There is something to do in the background."""
        os.write(self._bell[1], b"!")

    # What is known of files.

    def _remembered(self, path: str, entry: Entry) -> Entry:
        known = self._seen.get(path)
        return known if known is not None and known.version == entry.version else entry

    def _kept(self, path: str, entry: Entry, known: Entry) -> None:
        self._seen[path] = known
        self.ledger.see(path, known)
        for row in self._late.pop((path, entry.version), ()):
            self.ledger.know(row, known)

    def _rest(self) -> None:
        """Calls wait for what is too new to be copied, since they might write it at once."""
        self.refresh()
        if 0 < len(self.copying) <= 100:
            time.sleep(RACY_NS / 1e9)
            self.refresh()
            self.copying.some(time.monotonic() + OTHERS_S)

    # The background.

    def _run(self) -> None:
        try:
            self._first()
            while not self._ended:
                waiting = self._step()
                watched = [self._bell[0], *([self._watch.fileno()] if self._watch.fileno() >= 0 else [])]
                ready, _, _ = select.select(watched, [], [], SLICE_S / 10 if waiting else None)
                if self._bell[0] in ready:
                    os.read(self._bell[0], 4096)
                if not waiting:
                    time.sleep(SLICE_S)
        except Exception as error:  # noqa: BLE001 - whatever it was, people are told, and calls go on
            self.off = f"{type(error).__name__}: {error}"
            sys.stderr.write(f"undo is off: {self.off}\n")
            self._ready.set()

    def _first(self) -> None:
        with self.lock:
            with self._database.together():
                self.ledger.forget(time.time() - self._bounds.days * 86_400)
            self._seen = self.ledger.seen()
            for row, path, after in self.ledger.unknown():
                self._late.setdefault((path, after.version), []).append(row)
            self.refresh(ours=True)
            self._pruning.prune()
        self._ready.set()

    def _step(self) -> bool:
        """One slice of background work; whether there is more."""
        with self.lock:
            if self._ended or self.off:
                return False
            self._watch.drain()
            if not self._calls and self._watch.fileno() >= 0:
                self.refresh()
            self._pruning.make_room()
            if not len(self.copying):
                return False
            with self._database.together():
                return self.copying.some(time.monotonic() + SLICE_S) or bool(len(self.copying))
