"""Checks a session's journal and blobs against their hashes. It repairs nothing and takes no lock."""

import hashlib
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path

from msgspec import Struct

from pegboard.journal.chain import Line
from pegboard.journal.failure import JournalDamaged
from pegboard.journal.reader import FILE, Scan
from pegboard_sdk.wire.records import AnyRecord, Closed, Compacted, File, Image, Message, Request, ToolResult


class State(Enum):
    """CLOSED: whole, and ended in order. OPEN: whole, but its tail may be missing. BROKEN: not what was written."""

    CLOSED = "closed"
    OPEN = "open"
    BROKEN = "broken"


class Report(Struct, frozen=True, kw_only=True):
    """What a check found."""

    state: State
    records: int
    """Whole records up to the end, or up to the damage."""
    line: int = 0
    """The damaged line, from 1; 0 when there is none."""
    why: str = ""
    unanchored: int = 0
    """Records since the last closing one: what could be missing behind them cannot be known."""
    torn: int = 0
    """Bytes of a last line without an end."""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.state is State.BROKEN:
            return f"broken at line {self.line}: {self.why}"
        torn = f", and {self.torn} bytes of a torn line" if self.torn else ""
        if self.state is State.OPEN:
            return f"open session: {self.records} records hold, the last {self.unanchored} unanchored{torn}"
        return f"closed: {self.records} records hold"


def verify(folder: Path, *, each: Callable[[Line], object] = lambda line: None) -> Report:
    """Check every line, every link and every blob of the session in `folder`.

    Finds each edit, insertion and reorder, and each drop but of the tail. Each line that holds is given to `each`.
    Raises FileNotFoundError without a journal.
    """
    blobs = _Blobs(folder / "blobs")
    notes: list[str] = []
    closed = 0
    with (folder / FILE).open("rb") as file:
        scan = Scan(file)
        try:
            for line in scan:
                blobs.check(line)
                each(line)
                if line.note:
                    notes.append(line.note)
                if isinstance(line.record, Closed):
                    closed = line.seq
        except JournalDamaged as error:
            why = str(error.__cause__ or error)
            return Report(state=State.BROKEN, records=scan.seq, line=scan.seq + 1, why=why, notes=tuple(notes))
        except _BadBlob as error:
            return Report(state=State.BROKEN, records=scan.seq, line=scan.seq, why=str(error), notes=tuple(notes))
    whole = closed == scan.seq > 0 and not scan.torn
    return Report(
        state=State.CLOSED if whole else State.OPEN,
        records=scan.seq,
        unanchored=scan.seq - closed,
        torn=scan.torn,
        notes=tuple(notes),
    )


def handles(record: AnyRecord | None) -> Iterator[str]:
    """The blobs that a record names."""
    named: list[str] = []
    match record:
        case Request():
            named += [record.system, record.tools]
        case ToolResult() | Message():
            named += [part.handle for part in (*record.parts, record) if isinstance(part, Image | File | ToolResult)]
        case Compacted():
            named += record.handles
    return (handle for handle in named if len(handle) == 64 and handle.isalnum())


class _BadBlob(Exception):
    """A blob that a record names is not what it was."""


class _Blobs:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._good: set[str] = set()

    def check(self, line: Line) -> None:
        for handle in handles(line.record):
            if handle not in self._good:
                self._compare(handle)
                self._good.add(handle)

    def _compare(self, handle: str) -> None:
        try:
            with (self._folder / handle).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _BadBlob(f"the blob {handle} that it names cannot be read: {error.strerror}") from None
        if digest != handle:
            raise _BadBlob(f"the blob {handle} that it names was changed")
