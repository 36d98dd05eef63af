"""Saves what can be read of a damaged session into a new one; the damaged one stays as it is.

Each record keeps its number: where one is lost an error record stands that says why, so that what names records by
their numbers (rewinds, evictions, forks) still means the same.
"""

import hashlib
import os
import stat
from io import BufferedReader
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from pegboard.journal import Line
from pegboard.journal.chain import GENESIS, MAX_LINE, BrokenLine, encode, opened, peeked, schema_of
from pegboard.journal.reader import FILE
from pegboard.journal.verify import handles
from pegboard.sessions import Sessions, init_of
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.records import (
    SCHEMA,
    AnyRecord,
    Failure,
    File,
    Image,
    Init,
    Message,
    MessagePart,
    Request,
    ResultPart,
    Text,
    ToolResult,
)

LOST: Final = "LOST"
"""Code of the error record that stands in a lost one's place."""

MOST_GAP: Final = 10_000
"""Numbers that may be missing in a row; a line that claims a wider gap is taken for damaged."""


class Lost(Struct, frozen=True):
    """A record, or a part of it, that could not be saved."""

    number: int
    why: str


class Repaired(Struct, frozen=True, kw_only=True):
    """The new session, how many records it has from the old one, and what is lost."""

    session: str
    kept: int
    lost: tuple[Lost, ...]


class _Found(Struct):
    """A line that holds by itself, or why none is there."""

    number: int
    line: Line | None = None
    why: str = ""


def repair(sessions: Sessions, name: str, workspace: Path, *, program: str) -> Repaired | None:
    """Take over what can be read; None when nothing is damaged.

    `workspace` is for a session that no longer says where it was. Raises InvalidParams when nothing can be read, and
    what a full disk raises.
    """
    folder = sessions.folder / name
    with _open(folder / FILE) as file:
        found = _Scan().run(file)
    saved = _Saved(folder / "blobs")
    rows = [saved.row(one) for one in found]
    if not saved.lost:
        return None
    if not saved.kept:
        raise InvalidParams(f"no record of session {name} can be read; nothing was saved")
    inits = [one.line.record for one in found if one.line is not None and isinstance(one.line.record, Init)]
    first = inits[0] if inits else init_of(workspace, session="", program=program)
    first = replace(first, program=program, parent=name, parent_seq=len(rows), resumed=False)
    with sessions.copied(first, rows[1:], blobs=folder / "blobs", handles=saved.handles) as journal:
        pass
    return Repaired(session=journal.session, kept=saved.kept, lost=tuple(saved.lost))


def _open(path: Path) -> BufferedReader:
    """The file itself: no link, and nothing that a reader would wait for."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidParams(f"{path} is no file; nothing was saved")
    return os.fdopen(descriptor, "rb")


class _Scan:
    """One pass. A line that holds says its number itself; lines that do not take the numbers that are missing."""

    def __init__(self) -> None:
        self.found: list[_Found] = []
        self._next = 1
        self._last = GENESIS
        self._bad: list[str] = []

    def run(self, file: BufferedReader) -> list[_Found]:
        """Every number up to the last that is known, in order. Raises InvalidParams for what is no journal at all."""
        while text := file.readline(MAX_LINE):
            line = self._opened(text)
            if isinstance(line, Line):
                self._take(line)
                continue
            self._bad.append(line)
            if len(self._bad) > MOST_GAP:
                raise InvalidParams(f"{file.name} is no journal: {MOST_GAP} lines that are none follow one another")
            while not text.endswith(b"\n") and (text := file.readline(MAX_LINE)):
                pass
        self.found += [_Found(self._next + index, why=why) for index, why in enumerate(self._bad)]
        return self.found

    def _opened(self, text: bytes) -> Line | str:
        """The line, if it holds by itself, or why not."""
        if not text.endswith(b"\n"):
            return f"its line of {len(text)} bytes has no end"
        if schema_of(text) > SCHEMA:
            return f"it is of schema {schema_of(text)}; this Pegboard reads up to {SCHEMA}"
        seen = peeked(text)
        if seen is None:
            return "it is not a journal's line"
        try:
            line = opened(text, seq=seen.seq, prev=seen.prev)
        except BrokenLine as error:
            return str(error)
        if not self._next <= line.seq <= self._next + MOST_GAP:
            return f"the line in its place says that it is record {line.seq}"
        return line

    def _take(self, line: Line) -> None:
        missing = range(self._next, line.seq)
        whys = [*self._bad[: len(missing)], *["it is not in the file"] * (len(missing) - len(self._bad))]
        self.found += [_Found(number, why=why) for number, why in zip(missing, whys, strict=True)]
        note = "".join(f"before it stood a line that is no record: {why}" for why in self._bad[len(missing) :][:1])
        if not missing and line.prev != self._last:
            note = "it does not follow the record before it: one of the two was changed"
        self.found.append(_Found(line.seq, line, why=note))
        self._next, self._last, self._bad = line.seq + 1, line.hash, []


class _Saved:
    """What goes into the new journal, and what does not."""

    def __init__(self, blobs: Path) -> None:
        self._blobs = blobs
        self._time = "1970-01-01T00:00:00.000Z"  # of the record before, in the place of one whose own is lost
        self._good: dict[str, bool] = {}
        self.lost: list[Lost] = []
        self.kept = 0
        self.handles: set[str] = set()

    def row(self, found: _Found) -> tuple[bytes, str]:
        """A record's JSON and time; an error record in the place of a lost one."""
        line = found.line
        if found.why:
            self.lost.append(Lost(found.number, found.why))
        if line is None:
            return encode(Failure(code=LOST, message=f"record {found.number} was lost: {found.why}")), self._time
        self.kept, self._time = self.kept + 1, line.time
        if line.record is None:
            return line.raw, line.time
        gone = {handle for handle in handles(line.record) if not self._is_good(handle)}
        self.handles |= set(handles(line.record)) - gone
        if not gone:
            return line.raw, line.time
        self.lost += [Lost(found.number, f"the blob {handle[:12]} that it names is lost") for handle in sorted(gone)]
        return encode(without(line.record, gone)), line.time

    def _is_good(self, handle: str) -> bool:
        if handle not in self._good:
            self._good[handle] = _holds(self._blobs / handle)
        return self._good[handle]


def without(record: AnyRecord, gone: set[str]) -> AnyRecord:
    """The record with words in the place of blobs that are lost."""
    match record:
        case Request():
            return replace(
                record,
                system="" if record.system in gone else record.system,
                tools="" if record.tools in gone else record.tools,
            )
        case Message():
            return replace(record, parts=tuple(_words(part, gone) for part in record.parts))
        case ToolResult():
            handle = "" if record.handle in gone else record.handle
            return replace(record, handle=handle, parts=tuple(_words(part, gone) for part in record.parts))
        case _:
            return record


P = TypeVar("P", bound=MessagePart | ResultPart)


def _words(part: P, gone: set[str]) -> P | Text:
    if isinstance(part, Image | File) and part.handle in gone:
        return Text(text=f"[what stood here ({part.media_type}) is lost]")
    return part


def _holds(path: Path) -> bool:
    """Whether the blob is there, is a file, and is what its name says."""
    try:
        with _open(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == path.name
    except (OSError, InvalidParams):
        return False
