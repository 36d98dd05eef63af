"""What a list shows of sessions, read from the ends of their journals; only an export is checked."""

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard.journal.chain import peeked
from pegboard.journal.reader import FILE, read
from pegboard.sessions import Sessions
from pegboard_sdk.wire.records import Closed, Init, Message, Role, Text, Titled

_HEAD_LINES: Final = 12
_TAIL_BYTES: Final = 1 << 16
_TITLE: Final = 80
_TITLED: Final = b'"record":{"type":"titled"'


class Summary(Struct, frozen=True, kw_only=True):
    """What a list shows of a session."""

    id: str
    workspace: str
    begun: str
    """ISO 8601, UTC."""
    title: str
    """What a person called it, else the beginning of what they first said."""
    turns: int
    parent: str = ""
    """The session that it was forked from."""
    end: str = ""
    """How the last run ended (the value of an `Ending`); "open" when no closing record is the last one."""


def summaries(sessions: Sessions, workspace: Path | None = None, limit: int | None = None) -> list[Summary]:
    """What can be told of each session from the ends of its file, newest first; of one folder if it is given."""
    wanted = None if workspace is None else str(workspace.resolve())
    found: list[Summary] = []
    for session in reversed(sessions.ids()):
        if limit is not None and len(found) >= limit:
            break
        init = sessions.first(session)
        if init is not None and wanted in (None, init.workspace):
            found.append(_summary(sessions.folder / session / FILE, session, init))
    return found


def _summary(file: Path, session: str, init: Init) -> Summary:
    begun, title = _beginning(file)
    turns, end = _ending(file)
    title = shortened(titled(file)) or title
    return Summary(
        id=session, workspace=init.workspace, begun=begun, title=title, turns=turns, end=end, parent=init.parent
    )


def titled(path: Path) -> str:
    """What a person last called it, empty when nobody did; it may stand anywhere in the file."""
    with path.open("rb") as file, mapped(file) as data:
        at = len(data)
        while (at := data.rfind(_TITLED, 0, at)) >= 0:
            begin = data.rfind(b"\n", 0, at) + 1
            line = peeked(data[begin : data.find(b"\n", at) + 1 or len(data)])
            if line is not None and isinstance(line.record, Titled):
                return line.record.title
    return ""


@contextmanager
def mapped(file: BufferedReader) -> Iterator[bytes | mmap.mmap]:
    """A file's bytes without a copy of them."""
    if not os.fstat(file.fileno()).st_size:
        yield b""
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _beginning(path: Path) -> tuple[str, str]:
    """When a session began, and what the user first said."""
    begun = ""
    with path.open("rb") as file:
        for text in islice(file, _HEAD_LINES):
            line = peeked(text)
            begun = begun or (line.time if line is not None else "")
            if line is not None and isinstance(line.record, Message) and line.record.role is Role.USER:
                said = " ".join(part.text for part in line.record.parts if isinstance(part, Text) and not part.origin)
                if said.strip():
                    return begun, shortened(" ".join(said.split()))
    return begun, ""


def shortened(text: str) -> str:
    """At most a title's length of `text`."""
    return text if len(text) <= _TITLE else text[: _TITLE - 1] + "\u2026"


def _ending(path: Path) -> tuple[int, str]:
    """The newest turn, and how the session ended, from the last lines of its file."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        lines = file.read().split(b"\n")
    records = [line.record for text in reversed(lines) if (line := peeked(text)) is not None]
    turns = max((getattr(record, "turn", 0) or getattr(record, "turns", 0) for record in records), default=0)
    closed = records[0] if records and not lines[-1] else None
    return turns, closed.end.value if isinstance(closed, Closed) else "open"


def exported(folder: Path) -> Iterator[bytes]:
    """A journal's whole lines, as they stand. Raises JournalDamaged at the first that was changed."""
    with (folder / FILE).open("rb") as file:
        for _, text in zip(read(folder), file, strict=False):
            yield text
