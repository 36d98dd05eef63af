"""The file of a recording: lines of JSON, of which the last has the hash of those before. It comes from anybody."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pegboard.cli.replaying.recorded import Installed, Kept, Recorded, Row, plain
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.records import Answer, Message, Question, Request

SCHEMA: Final = 1
MOST_BYTES: Final = 64 << 20
"""Of a recording or a journal that is played; more is more than a test should be."""
FIRST: Final = b'{"type":"recording",'


class Head(Struct, frozen=True, kw_only=True, tag="recording", omit_defaults=True):
    """The first line."""

    schema: int
    session: str
    workspace: str
    program: str = ""
    model: str = ""
    plugins: tuple[Installed, ...] = ()
    has_files: bool = False
    missing: tuple[str, ...] = ()


class End(Struct, frozen=True, kw_only=True, tag="end"):
    """The last line: the hash of all before it, in hexadecimal digits."""

    sha256: str


_line: Final[msgspec.json.Decoder[Head | Row | Kept | End]] = msgspec.json.Decoder(Head | Row | Kept | End)
_BESIDE: Final = (Request, Question, Answer)
"""What a recording leaves out: it names what lies elsewhere, or is a matter between the gate and a person."""


def lines(recorded: Recorded, *, program: str, model: str) -> Iterator[bytes]:
    """The file, line by line."""
    digest = hashlib.sha256()
    for row in _rows(recorded, program, model):
        line = msgspec.json.encode(row) + b"\n"
        digest.update(line)
        yield line
    yield msgspec.json.encode(End(sha256=digest.hexdigest())) + b"\n"


def _rows(recorded: Recorded, program: str, model: str) -> Iterable[Head | Kept | Row]:
    yield Head(
        schema=SCHEMA,
        session=recorded.session,
        workspace=recorded.workspace,
        program=program,
        model=model,
        plugins=recorded.plugins,
        has_files=recorded.files is not None,
        missing=recorded.missing,
    )
    yield from recorded.files or ()
    for row in recorded.rows:
        if isinstance(row.record, Message):
            yield replace(row, record=plain(row.record))
        elif not isinstance(row.record, _BESIDE):
            yield row


def recording_in(data: bytes, source: str) -> Recorded:
    """The recording in a file's bytes. Raises InvalidParams that says what is wrong with it, and in which line."""
    *found, last = data.splitlines(keepends=True) or [b""]
    end = _read(last, source, len(found) + 1) if found and last.endswith(b"\n") else None
    if not isinstance(end, End):
        raise InvalidParams(f"{source} is torn: its last line is missing; record it again")
    if hashlib.sha256(data[: len(data) - len(last)]).hexdigest() != end.sha256:
        raise InvalidParams(f"{source} was changed after it was recorded; record it again")
    head, *rest = [_read(line, source, number) for number, line in enumerate(found, start=1)] or [end]
    if not isinstance(head, Head) or any(isinstance(row, Head | End) for row in rest):
        raise InvalidParams(f"{source} is no recording: it does not begin and end as one")
    if head.schema != SCHEMA:
        raise InvalidParams(f"{source} is a recording of schema {head.schema}; this Pegboard reads {SCHEMA}: update it")
    return Recorded(
        source=source,
        session=head.session,
        workspace=head.workspace,
        rows=tuple(row for row in rest if isinstance(row, Row)),
        files=tuple(row for row in rest if isinstance(row, Kept)) if head.has_files else None,
        plugins=head.plugins,
        missing=head.missing,
    )


def _read(line: bytes, source: str, number: int) -> Head | Row | Kept | End:
    try:
        return _line.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidParams(f"{source}: line {number} is no line of a recording: {error}") from error
