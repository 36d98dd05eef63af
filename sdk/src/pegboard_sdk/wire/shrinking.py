"""What stands in the place of what leaves a conversation: notes with handles, and the whole of it as a text. Pure.

Handles are read back with `read_file path=output:HANDLE`; twelve digits of one are enough.
"""

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from pegboard_sdk.wire.methods import Entry
from pegboard_sdk.wire.records import (
    File,
    Image,
    Message,
    MessagePart,
    Outcome,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
)

Keep = Callable[[bytes], str]
"""Gives the handle under which a text is kept."""

_SHOWS: Final = "left out to save room; read_file path=output:"
LEAD: Final = 160
"""Characters of what failed, which stay."""
_NOWHERE: Final = "0" * 64


def hashed(data: bytes) -> str:
    """The handle of what is kept."""
    return sha256(data).hexdigest()


def shrunken(entry: Entry, keep: Keep = hashed) -> Entry:
    """The entry with handles in the place of what a tool gave, or of files and images beside what a person said.

    The very same object where nothing would become shorter. `keep` is asked for nothing that has a handle.
    """
    return given_short(entry, keep) if isinstance(entry, ToolResult) else said_short(entry, keep)


def sketched(entry: Entry) -> Entry:
    """As long as `shrunken`, without reading the whole text for its handle."""
    return shrunken(entry, lambda data: _NOWHERE)


def said_short(message: Message, keep: Keep = hashed) -> Message:
    """See `shrunken`; of other messages than a person's nothing is taken."""
    if message.role is not Role.USER:
        return message
    parts = tuple(_part(part, keep) for part in message.parts)
    is_same = all(old is new for old, new in zip(message.parts, parts, strict=True))
    return message if is_same else replace(message, parts=parts)


def given_short(result: ToolResult, keep: Keep = hashed) -> ToolResult:
    """See `shrunken`."""
    text = text_of(result)
    media = [_media(part) for part in result.parts if isinstance(part, Image | File)]
    # How something went wrong stays in view: whoever does not see it does it again.
    lead = text[:LEAD] if result.outcome in (Outcome.FAILED, Outcome.UNKNOWN) else ""
    note, handle = _note("", text, result.handle, keep, 4 * len(lead))
    if note == text:
        if not media:
            return result
        lead = ""
    said = "\n".join(line for line in (lead, note, *media) if line)
    return replace(result, parts=(Text(text=said),), handle=handle or result.handle)


def text_of(entry: Entry) -> str:
    """The text of an entry, without what a model thought."""
    return "\n".join(part.text for part in entry.parts if isinstance(part, Text))


def told(entries: Iterable[Entry]) -> bytes:
    """Entries as a text that can be read back: who said what, each call with what came of it."""
    lines: list[str] = []
    for entry in entries:
        if isinstance(entry, ToolResult):
            whole = f" (whole: output:{entry.handle[:12]})" if entry.handle else ""
            lines += [f"### {entry.tool} {entry.outcome.value}{whole}", text_of(entry), ""]
            continue
        lines.append(f"## {entry.role.value}")
        lines += [_line(part) for part in entry.parts if not isinstance(part, Reasoning)]
        lines.append("")
    return "\n".join(lines).encode("utf-8", "replace")


def _line(part: MessagePart) -> str:
    match part:
        case ToolCall():
            return f"### call {part.tool} {part.arguments}"
        case Image() | File():
            return f"[{part.media_type} output:{part.handle[:12]}]"
        case _:
            return part.text


def _part(part: MessagePart, keep: Keep) -> MessagePart:
    if isinstance(part, Image | File):
        return Text(text=_media(part))
    if isinstance(part, Text) and part.origin:
        note, _ = _note(f"{part.origin}: ", part.text, "", keep)
        return part if note == part.text else replace(part, text=note)
    return part


def _note(head: str, text: str, handle: str, keep: Keep, lead: int = 0) -> tuple[str, str]:
    """The note for a text with the handle that it names; the text itself where that is no longer, or is a note."""
    whole = text.encode("utf-8", "replace")
    if len(sized := f"[{head}{len(whole)} bytes {_SHOWS}{_NOWHERE[:12]} shows them]".encode()) + lead >= len(whole):
        return text, ""
    if _SHOWS in text and len(whole) < 3 * len(sized) + 4 * LEAD:
        return text, ""
    handle = handle or keep(whole)
    return f"[{head}{len(whole)} bytes {_SHOWS}{handle[:12]} shows them]", handle


def _media(part: Image | File) -> str:
    return f"[{part.media_type} {_SHOWS}{part.handle[:12]} shows it]"
