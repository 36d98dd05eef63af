"""What a search finds, whoever searched: files with their lines, in the order of their paths."""

from typing import Final

from msgspec import Struct

LINE_CHARACTERS: Final = 400
_BEFORE_MATCH: Final = 100


class Line(Struct, frozen=True):
    """A line as shown; `is_match` is false for one of context."""

    number: int
    text: str
    is_match: bool = True


class FileMatches(Struct):
    """A file with matching lines. `count` is how many match, `lines` those and their context, as far as kept."""

    path: str
    count: int
    lines: list[Line]


def shortened(line: bytes, start: int = 0) -> str:
    """A line's text without its end, cut to what surrounds the byte `start` when it is long."""
    bare = line.rstrip(b"\n").removesuffix(b"\r")
    text = _decode(bare)
    if len(text) <= LINE_CHARACTERS:
        return text
    column = (
        max(0, len(_decode(bare[:start], "ignore")) - _BEFORE_MATCH) if start > LINE_CHARACTERS - _BEFORE_MATCH else 0
    )
    piece = text[column : column + LINE_CHARACTERS]
    return f"{'…' if column else ''}{piece}{'…' if column + LINE_CHARACTERS < len(text) else ''}"


def _decode(data: bytes, errors: str = "strict") -> str:
    try:
        return data.decode("utf-8", errors)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def order(path: str) -> tuple[bytes, ...]:
    """The key that sorts paths as a walk that sorts the names of each folder meets them."""
    return tuple(part.encode("utf-8", "surrogateescape") for part in path.split("/"))
