"""Finds keys in the text of a TOML file. It knows no schema.

tomllib itself says what a header and a key name.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard.config.failure import ConfigInvalid
from pegboard.config.source import KeyPath, parse
from pegboard_sdk.wire.codec import JsonObject

_TEXT: Final = Path("text")
_TOKEN: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}\n]', re.DOTALL
)
"""Strings, comments, brackets and line breaks: all that says where a value ends."""
_INDEXED: Final = re.compile(r"(.*)\[(\d+)\]", re.DOTALL)


class Span(Struct, frozen=True):
    """Lines `first` to before `last` (from 0): a table's header, or one value of the table `table`."""

    path: KeyPath
    table: KeyPath
    first: int
    last: int
    header: bool = False
    items: tuple[int, ...] = ()
    """The lines of the texts of an array."""


def spans(lines: list[str]) -> Iterator[Span]:
    """The headers and values of a text that is TOML."""
    table: KeyPath = ()
    for first, last, items in _statements("\n".join(lines) + "\n"):
        text = lines[first].strip()
        if text.startswith("["):
            table = _names(parse(text, _TEXT))
            yield Span(table, table, first, last, header=True)
        elif text and not text.startswith("#"):
            yield Span((*table, *_key(text)), table, first, last, items=tuple(items))


def _statements(text: str) -> Iterator[tuple[int, int, list[int]]]:
    """First line, line after the last, and the lines of texts directly in brackets."""
    first = line = 0
    open_ones, items = "", list[int]()
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in {"[", "{"}:
            open_ones += sign
        elif sign in {"]", "}"}:
            open_ones = open_ones[:-1]
        elif sign[0] in "\"'" and open_ones == "[":
            items.append(line)
        line += sign.count("\n")
        if sign == "\n" and not open_ones:
            yield first, line, items
            first, items = line, []


def data_of(text: str) -> JsonObject | None:
    """The data of a piece of TOML; None when it is none."""
    try:
        return parse(text, _TEXT)
    except ConfigInvalid:
        return None


def _names(data: object) -> KeyPath:
    found: list[str] = []
    while data:
        if isinstance(data, list):
            (data,) = data
        elif isinstance(data, dict):
            ((name, data),) = data.items()
            found.append(name)
    return tuple(found)


def _key(line: str) -> KeyPath:
    for at in signs("=", line):
        data = data_of(f"{line[:at]}= {{}}")
        if data is not None:
            return _names(data)
    return ()


def signs(sign: str, line: str) -> Iterator[int]:
    """Where a sign stands; a line with too many of them is nobody's work and not worth the time."""
    found = (at for at, one in enumerate(line) if one == sign)
    return islice(found, 100)


class Lines:
    """Where things stand in a text that is TOML, from line 1."""

    def __init__(self, text: str) -> None:
        self._spans = list(spans(text.split("\n")))

    def of(self, path: KeyPath) -> int:
        """The line that sets `path`, or the nearest above it; a part may end in `[N]`, as in `allow[2]`."""
        inside, names, line = self._spans, list[str](), 1
        for part in path:
            match = _INDEXED.fullmatch(part)
            names.append(match[1] if match else part)
            same = [span for span in inside if span.path == tuple(names)]
            under = [span for span in inside if span.path[: len(names)] == tuple(names)]
            if not under:
                break
            line, inside = (same or under)[0].first + 1, under
            if match and int(match[2]) < len(same) and same[0].header:
                inside = _block(inside, same[int(match[2])])
                line = inside[0].first + 1
            elif match and same and int(match[2]) < len(same[0].items):
                line = same[0].items[int(match[2])] + 1
        return line


def _block(inside: list[Span], header: Span) -> list[Span]:
    """A header and what follows it up to its next like."""
    from_here = [span for span in inside if span.first >= header.first]
    after = [at for at, span in enumerate(from_here) if at and span.header and span.path == header.path]
    return from_here[: after[0]] if after else from_here


def line_of(text: str, path: KeyPath) -> int:
    """The line, from 1, that sets `path`, or the nearest above it."""
    return Lines(text).of(path)
