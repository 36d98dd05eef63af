"""What a person names to be played: a session of this machine, a journal, a shared session or a recording.

A file comes from anybody: its size is bounded before it is read, its hashes are checked, and what is torn is refused.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from pegboard.cli.replaying.file import FIRST, MOST_BYTES, recording_in
from pegboard.cli.replaying.recorded import Recorded, Row, begun
from pegboard.cli.session_rows import sessions_here
from pegboard.cli.sharing.bundle import take_in
from pegboard.cli.show import clipped
from pegboard.cli.summaries import summaries
from pegboard.journal.reader import FILE, Scan
from pegboard.sessions import Sessions
from pegboard_sdk.errors import Conflict, InvalidParams, NotFound, PegboardError
from pegboard_sdk.wire.records import Init

_ZIP: Final = b"PK\x03\x04"
_JOURNAL: Final = b'{"v":'


def recorded(named: str) -> Recorded:
    """What is named: a file where there is one, else a session by id, its beginning, or title.

    Raises UsageError with what is wrong and what would be right: nothing was played then.
    """
    try:
        path = Path(named)
        found = _in_file(path) if path.is_file() else _of_session(named)
        if begun(found.rows) is None:
            raise InvalidParams(f"{found.source} does not begin as a session does; `peg session repair` helps")
    except (PegboardError, OSError, ValueError) as error:
        said = error.message if isinstance(error, PegboardError) else str(error)
        raise click.UsageError(clipped(said, 1000)) from error
    return found


def session_named(named: str) -> str:
    """The id of the session that is named. Raises NotFound, and Conflict where several are."""
    sessions = sessions_here()
    try:
        return sessions.resolve(named)
    except NotFound:
        titled = [one.id for one in summaries(sessions) if one.title.casefold() == named.casefold()]
    if len(titled) > 1:
        raise Conflict(f"{len(titled)} sessions are called {named!r}; name one by its id: {', '.join(titled[:5])}")
    if not titled:
        raise NotFound(f"no file and no session is called {named!r}; `peg session list` shows sessions")
    return titled[0]


def _of_session(named: str) -> Recorded:
    name = session_named(named)
    return _journal(sessions_here().folder / name / FILE, f"session {name}", is_ours=True)


def _in_file(path: Path) -> Recorded:
    with path.open("rb") as file:
        head = file.read(len(FIRST))
    if head.startswith(_ZIP):
        with _taken(path) as journal:
            return _journal(journal, str(path))
    if head.startswith(_JOURNAL):
        return _journal(path, str(path))
    if head == FIRST:
        return recording_in(_bytes(path, str(path)), str(path))
    raise InvalidParams(f"{path} is no journal, no shared session and no recording of Pegboard's")


@contextmanager
def _taken(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pegboard-") as folder:
        sessions = Sessions(Path(folder))
        yield sessions.folder / take_in(sessions, path) / FILE


def _bytes(path: Path, source: str) -> bytes:
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InvalidParams(f"{source} is larger than {MOST_BYTES >> 20} MiB, which is more than is played")
    return data


def _journal(path: Path, source: str, *, is_ours: bool = False) -> Recorded:
    """Of a session of ours, a process may be writing the last line; of a file, a line without an end is a loss."""
    if path.stat().st_size > MOST_BYTES:
        raise InvalidParams(f"{source} is larger than {MOST_BYTES >> 20} MiB, which is more than is played")
    with path.open("rb") as file:
        scan = Scan(file)
        rows = tuple(Row(time=line.time, record=line.record, seq=line.seq) for line in scan if line.record is not None)
    if scan.torn and not is_ours:
        raise InvalidParams(f"{source} is torn: its last line has no end; export it again")
    first = begun(rows) or Init(session="", workspace="", program="")
    return Recorded(source=source, session=first.session, workspace=first.workspace, rows=rows, is_ours=is_ours)
