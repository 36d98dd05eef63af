"""The sessions of this user: begin, find and fork them. What is in one is the journal's and transcript's.

A session is a folder named by its id, and its first record says of what; there is no index that could be wrong.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from pegboard.journal import Journal, JournalDamaged, Line, read
from pegboard.journal.chain import GENESIS, MAX_LINE, BrokenLine, opened
from pegboard.journal.reader import FILE
from pegboard.journal.verify import handles
from pegboard.places import private
from pegboard_sdk.errors import Conflict, NotFound
from pegboard_sdk.wire.records import AnyRecord, Genesis, Init, Message, ToolCall, ToolResult


class Forked(Struct, frozen=True, kw_only=True):
    """A new session that begins as another's records up to `through`; `note` says why that is not where was asked."""

    journal: Journal
    through: int
    note: str = ""


def new_id(now: datetime, salt: bytes) -> str:
    """An id that sorts by its time, to a 4096th of a second, and by `salt` (2 bytes) within that."""
    fraction = now.microsecond * 4096 // 1_000_000
    return f"{now:%Y%m%d-%H%M%S}-{fraction:03x}{int.from_bytes(salt) & 0xFFF:03x}"


def init_of(
    workspace: Path, *, session: str, program: str, model: str = "", mode: str = "", genesis: Genesis | None = None
) -> Init:
    """The record that begins a session (or, with `resumed` replaced, continues one) in a real folder."""
    real = workspace.resolve(strict=True)
    status = real.stat()
    return Init(
        session=session,
        workspace=str(real),
        device=status.st_dev,
        inode=status.st_ino,
        program=program,
        model=model,
        mode=mode,
        genesis=genesis,
    )


class Sessions:
    """The sessions in a state folder. Nothing is created before the first `new`."""

    def __init__(self, state: Path) -> None:
        self.folder: Final = state / "sessions"

    def new(
        self, workspace: Path, *, program: str, model: str = "", mode: str = "", genesis: Genesis | None = None
    ) -> Journal:
        """Begin a session for a workspace: its journal, open, holding its Init record."""
        journal = self._create(program)
        try:
            init = init_of(workspace, session=journal.session, program=program, model=model, mode=mode, genesis=genesis)
            journal.append(init)
        except BaseException:
            _abandon(journal)
            raise
        return journal

    def _create(self, program: str) -> Journal:
        private(self.folder)
        while True:
            folder = self.folder / new_id(datetime.now(UTC), os.urandom(2))
            try:
                folder.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return Journal.create(folder, program=program)

    def open(self, session: str, *, program: str, each: Callable[[Line], None] | None = None) -> Journal:
        """Go on with a session, given by its whole id; see `Journal.open`."""
        return Journal.open(self.folder / session, program=program, each=each)

    def ids(self) -> list[str]:
        """All sessions, oldest first."""
        try:
            return sorted(entry.name for entry in os.scandir(self.folder) if entry.is_dir(follow_symlinks=False))
        except FileNotFoundError:
            return []

    def newest(self, workspace: Path) -> str | None:
        """The newest session of this very folder (path, device and inode), or None."""
        real = workspace.resolve()
        try:
            status = real.stat()
        except FileNotFoundError:
            return None
        wanted = (str(real), status.st_dev, status.st_ino)
        for session in reversed(self.ids()):
            init = self.first(session)
            if init is not None and (init.workspace, init.device, init.inode) == wanted:
                return session
        return None

    def resolve(self, prefix: str) -> str:
        """The one session whose id begins so. Raises NotFound; Conflict, naming the newest of them, when several do."""
        found = [session for session in self.ids() if prefix and session.startswith(prefix)]
        if prefix in found:
            return prefix
        if not found:
            raise NotFound(f"no session begins with {prefix!r}; `peg session list` shows them")
        if len(found) > 1:
            some = ", ".join(reversed(found[-5:]))
            raise Conflict(f"{prefix!r} begins {len(found)} sessions; write more of the one you mean: {some}")
        return found[0]

    def fork(self, session: str, *, program: str, at: int | None = None) -> Forked:
        """Begin a session with the records of another up to number `at` (all, if left out), under the same numbers.

        A tool call is not cut from its result: `through` is then the record before the message that made it.
        Raises NotFound when there is no record `at`, JournalDamaged, and what a full disk raises.
        """
        source = self.folder / session
        lines = list(read(source))
        last = len(lines) if at is None else at
        if not lines or not 1 <= last <= len(lines):
            raise NotFound(f"session {session} has records 1 to {len(lines)}, not {last}")
        through = last if at is None else safe_border([line.record for line in lines], last)
        first = lines[0].record
        if not isinstance(first, Init):
            raise JournalDamaged(f"session {session} does not begin with its Init record")
        first = replace(first, program=program, parent=session, parent_seq=through)
        named = {handle for line in lines[:through] for handle in handles(line.record)}
        rows = ((line.raw, line.time) for line in lines[1:through])
        journal = self.copied(first, rows, blobs=source / "blobs", handles=named)
        parted = f"record {last} stands between a tool call and its result; forked at {through}"
        return Forked(journal=journal, through=through, note=parted if through != last else "")

    def copied(self, first: Init, rows: Iterable[tuple[bytes, str]], *, blobs: Path, handles: Iterable[str]) -> Journal:
        """Begin a session with `first` and rows of JSON and time from elsewhere, and with blobs that they name there.

        Raises what a full disk raises; then nothing is left of it.
        """
        journal = self._create(first.program)
        try:
            journal.blobs.borrow(blobs, handles)
            journal.append(replace(first, session=journal.session))
            for raw, time in rows:
                journal.append_raw(raw, time)
        except BaseException:
            _abandon(journal)
            raise
        return journal

    def first(self, session: str) -> Init | None:
        """How a session began; None for what is no session."""
        try:
            with (self.folder / session / FILE).open("rb") as file:
                record = opened(file.readline(MAX_LINE), seq=1, prev=GENESIS).record
        except (OSError, BrokenLine):
            return None
        return record if isinstance(record, Init) else None


def safe_border(records: Sequence[AnyRecord | None], at: int) -> int:
    """The last number up to `at` that does not part a tool call from a result that stands behind `at`."""
    later = {record.call for record in records[at:] if isinstance(record, ToolResult)}
    waiting: dict[str, int] = {}
    for seq, record in enumerate(records[:at], start=1):
        if isinstance(record, Message):
            waiting |= {part.call: seq for part in record.parts if isinstance(part, ToolCall) and part.call in later}
        elif isinstance(record, ToolResult):
            waiting.pop(record.call, None)
    border = min((seq - 1 for seq in waiting.values()), default=at)
    return border if border == at else safe_border(records, border)


def _abandon(journal: Journal) -> None:
    """Leave nothing of a session that could not be begun."""
    journal.close()
    shutil.rmtree(journal.folder)
