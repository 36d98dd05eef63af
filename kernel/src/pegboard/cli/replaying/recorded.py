"""A recorded session, and the runs and turns that it consists of. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from pegboard_sdk.wire.records import (
    AnyRecord,
    Closed,
    Ending,
    File,
    Image,
    Init,
    Message,
    MessagePart,
    Role,
    Text,
    ToolResult,
)
from pegboard_sdk.wire.replaying import Side

GOES_ON = "(The record begins in the middle.)"


class Row(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="row"):
    """A record, when it was written (ISO 8601, UTC), and its number in its journal."""

    time: str
    record: AnyRecord
    seq: int = 0


class Kept(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="file"):
    """A file of the workspace as it was at the start; `data` where it is no text, in JSON as base64."""

    path: str
    text: str = ""
    data: bytes = b""
    executable: bool = False


class Installed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plugin as it was installed when the recording was written; its manifest's hash, and its tree's in the store."""

    id: str
    version: str
    manifest_sha256: str = ""
    tree: str = ""


class Recorded(Struct, frozen=True, kw_only=True):
    """What can be played. `files` is None where the record does not hold the workspace."""

    source: str
    """For people: the file, or the session."""
    session: str
    workspace: str
    rows: tuple[Row, ...]
    files: tuple[Kept, ...] | None = None
    is_ours: bool = False
    """A session of this machine, whose workspace may still be there."""
    plugins: tuple[Installed, ...] = ()
    missing: tuple[str, ...] = ()


class Played(Struct, frozen=True, kw_only=True):
    """One run: what the user said, what the model said turn by turn, and what the user threw in behind each turn."""

    prompt: Message
    turns: tuple[Message, ...]
    steering: tuple[tuple[Message, ...], ...]


def begun(rows: Sequence[Row]) -> Init | None:
    """The record that begins a session."""
    first = rows[0].record if rows else None
    return first if isinstance(first, Init) else None


def runs(rows: Sequence[Row]) -> Iterator[Played]:
    """The runs in which the model said something, in the order in which they were: rewound ones, too, since what they
    did to files was done. What a user said without an answer goes along with what they said next."""
    asked: list[Message] = []
    turns: list[Message] = []
    steering: list[list[Message]] = []
    for row in (*rows, Row(time="", record=Closed(end=Ending.DONE))):  # what was killed has an end, too
        match row.record:
            case Message(role=Role.USER):
                (steering[-1] if turns else asked).append(plain(row.record))
            case Message(role=Role.ASSISTANT):
                turns.append(plain(row.record))
                steering.append([])
            case Closed() | Init() if turns:
                yield Played(prompt=_one(asked), turns=tuple(turns), steering=tuple(map(tuple, steering)))
                asked, turns, steering = [], [], []
            case _:
                pass


def _one(asked: Sequence[Message]) -> Message:
    if not asked:
        return Message(role=Role.USER, parts=(Text(text=GOES_ON),))
    return replace(asked[-1], parts=tuple(part for message in asked for part in message.parts))


def plain(message: Message) -> Message:
    """The message without what lies beside its record: images and files are named, and what one provider alone reads
    is left out."""
    return replace(message, parts=tuple(map(_plain, message.parts)))


def _plain(part: MessagePart) -> MessagePart:
    if isinstance(part, Image | File):
        return Text(text=f"[{part.media_type}, not part of the record]", origin="replay")
    return replace(part, opaque=None) if part.opaque is not None else part


def turns(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows cut into turns: what the user said, the model's message, and all up to what either says next."""
    found: list[list[Row]] = [[]]
    spoke = False
    for row in rows:
        message = row.record if isinstance(row.record, Message) else None
        if message is not None and message.role is not Role.SYSTEM and spoke:
            found.append([])
            spoke = False
        spoke = spoke or (message is not None and message.role is Role.ASSISTANT)
        found[-1].append(row)
    return [rows for rows in found if rows]


def spoken(rows: Sequence[Row]) -> int:
    """How many turns of a model there are."""
    return sum(isinstance(row.record, Message) and row.record.role is Role.ASSISTANT for row in rows)


def side(rows: Sequence[Row], folder: str) -> Side:
    """A turn as it goes to who compares."""
    return Side(records=tuple(row.record for row in rows), folder=folder, seconds=_seconds(rows))


def _seconds(rows: Sequence[Row]) -> float:
    """From the first to the last of it; the time until a person spoke again is not the turn's."""
    marks = [row.time for row in rows if isinstance(row.record, Message | ToolResult | Closed)]
    try:
        times = [datetime.fromisoformat(mark) for mark in marks]
        return max(0.0, (times[-1] - times[0]).total_seconds()) if times else 0.0
    except (TypeError, ValueError):
        return 0.0
