"""The writer of one session's journal: one write a record, durable on request. It reads only when it is opened."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import trio

from pegboard.journal.blobs import Blobs
from pegboard.journal.chain import GENESIS, MAX_LINE, Line, encode, sealed
from pegboard.journal.failure import JournalFailed
from pegboard.journal.lock import take
from pegboard.journal.reader import FILE, Scan
from pegboard.places import sync_folder
from pegboard_sdk.errors import TooLarge
from pegboard_sdk.wire.records import AnyRecord

_fdatasync: Final = getattr(os, "fdatasync", os.fsync)


class Journal:
    """A session open for writing, by this process alone, until `close`. Make one with `create` or `open`."""

    def __init__(self, folder: Path, descriptor: int, lock: int, *, fresh: tuple[Path, ...] = ()) -> None:
        self.folder: Final = folder
        self.blobs: Final = Blobs(folder / "blobs")
        self.seq = 0
        """Number of the last record."""
        self.notes: tuple[str, ...] = ()
        """What `open` found that a person should hear: a torn tail, records that it cannot read."""
        self.syncs = 0
        self.sync_s = 0.0
        """How often, and how many seconds in all, `sync` waited for the disk."""
        self._descriptor = descriptor
        self._lock = lock
        self._fresh = fresh
        self._end = 0
        self._prev = GENESIS
        self._durable = 0
        self._syncing = trio.Lock()
        self._fault = ""

    @property
    def session(self) -> str:
        """The session's id."""
        return self.folder.name

    @property
    def hash(self) -> str:
        """Of the last record, and so of all."""
        return self._prev

    @property
    def is_durable(self) -> bool:
        """Whether nothing was appended since the last `sync` began."""
        return self._durable == self.seq

    @classmethod
    def create(cls, folder: Path, *, program: str) -> Self:
        """Begin the journal of a session in `folder`, which exists and is empty. Raises FileExistsError otherwise.

        The folder becomes durable with the first `sync`.
        """
        lock = take(folder, program)
        try:
            descriptor = _open(folder, os.O_CREAT | os.O_EXCL)
        except OSError:
            os.close(lock)
            raise
        return cls(folder, descriptor, lock, fresh=(folder, folder.parent))

    @classmethod
    def open(cls, folder: Path, *, program: str, each: Callable[[Line], None] | None = None) -> Self:
        """Go on with a session: lock it, then read it, giving each line to `each`; a torn last line is put aside.

        Raises SessionBusy when another process has it, JournalDamaged when a line is not the one that was written.
        """
        lock = take(folder, program)
        try:
            descriptor = _open(folder, 0)
        except OSError:
            os.close(lock)
            raise
        journal = cls(folder, descriptor, lock)
        try:
            journal._replay(each)
        except BaseException:
            journal._release()
            raise
        return journal

    def _replay(self, each: Callable[[Line], None] | None) -> None:
        notes = []
        with (self.folder / FILE).open("rb") as file:
            scan = Scan(file)
            for line in scan:
                if line.note:
                    notes.append(line.note)
                if each is not None:
                    each(line)
        self.seq, self._prev, self._end = scan.seq, scan.hash, scan.whole
        if scan.torn:
            notes.append(self._cut(scan.torn))
        self.blobs.sweep()
        self.notes = tuple(notes)

    def _cut(self, torn: int) -> str:
        aside = self.folder / f"journal.{self.seq}-{os.urandom(3).hex()}.torn"
        with aside.open("xb") as file:
            file.write(os.pread(self._descriptor, torn, self._end))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self.folder)
        os.ftruncate(self._descriptor, self._end)
        os.fsync(self._descriptor)
        return f"the last {torn} bytes after record {self.seq} were torn; they were cut off and kept in {aside.name}"

    def append(self, record: AnyRecord) -> int:
        """Write a record and return its number. It survives this process; `sync` makes it survive the machine.

        Raises JournalFailed, with nothing written, when the disk does not take it; TooLarge beyond `MAX_LINE`.
        """
        return self.append_raw(encode(record), datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z")

    @trio.lowlevel.enable_ki_protection  # an interrupt between a write and its number would break the chain
    def append_raw(self, raw: bytes, at: str) -> int:
        """Write a record that is JSON already, with the time that it bears: how records are copied unread."""
        line, digest = sealed(raw, seq=self.seq + 1, time=at, prev=self._prev)
        if len(line) > MAX_LINE:
            raise TooLarge(f"a record of {len(line)} bytes; a journal's line has at most {MAX_LINE}: keep it as a blob")
        self._write(line)
        self.seq, self._prev, self._end = self.seq + 1, digest, self._end + len(line)
        return self.seq

    def _write(self, line: bytes) -> None:
        if self._fault:
            raise JournalFailed(self._fault)
        written = 0
        try:
            while written < len(line):  # once, but where the disk is full it takes a part before it says so
                written += os.write(self._descriptor, line[written:] if written else line)
        except OSError as error:
            self._retract(error)
            raise JournalFailed(f"{self.folder / FILE}: record not written: {error.strerror}") from error

    def _retract(self, cause: OSError) -> None:
        try:
            os.ftruncate(self._descriptor, self._end)
        except OSError:
            self._fault = f"{self.folder / FILE}: stopped after a part of a record was written: {cause.strerror}"

    async def sync(self) -> None:
        """Return when every record appended before the call is durable, with the folder that names the journal.

        Calls that wait at the same time share one trip to the disk. Cancellation leaves either state, never a lie.
        Raises JournalFailed; after that for ever, since a failed sync may have dropped what it did not write.
        """
        wanted = self.seq
        async with self._syncing:
            if self._fault:
                raise JournalFailed(self._fault)
            if self._durable >= wanted:
                return
            await trio.to_thread.run_sync(self._flush)

    def _flush(self) -> None:
        reached, began = self.seq, time.perf_counter()
        try:
            _fdatasync(self._descriptor)
            for folder in self._fresh:
                sync_folder(folder)
        except OSError as error:
            self._fault = f"{self.folder / FILE}: records may not be durable: {error.strerror}"
            raise JournalFailed(self._fault) from error
        self._fresh = ()
        self._durable = reached
        self.syncs += 1
        self.sync_s += time.perf_counter() - began

    def close(self) -> None:
        """Make everything durable and let others have the session. Closing twice is fine; not during `sync`."""
        if self._descriptor < 0:
            return
        try:
            if self._durable < self.seq and not self._fault:
                self._flush()
        finally:
            self._release()

    def _release(self) -> None:
        os.close(self._descriptor)
        os.close(self._lock)
        self._descriptor = self._lock = -1
        self._fault = "the journal is closed"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open(folder: Path, flags: int) -> int:
    platform = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.open(folder / FILE, os.O_RDWR | os.O_APPEND | platform | flags, 0o600)
