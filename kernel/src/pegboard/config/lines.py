"""Finds and changes keys in the text of a TOML file, so that comments and order stay. It knows no schema.

tomllib itself says where a value ends and what a header names; whatever comes out is parsed again and compared.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from pegboard.config.failure import ConfigInvalid
from pegboard.config.source import KeyPath, dotted, parse, quoted
from pegboard_sdk.wire.codec import JsonObject

_TEXT: Final = Path("text")
_MAX_VALUE: Final = 1000


class Span(Struct, frozen=True):
    """Lines `first` to before `last` (from 0): a table's header, or one value of the table `table`."""

    path: KeyPath
    table: KeyPath
    first: int
    last: int
    header: bool = False


def spans(lines: list[str]) -> Iterator[Span]:
    """The headers and values of a text that is TOML."""
    table: KeyPath = ()
    at = 0
    while at < len(lines):
        first, text = at, lines[at].strip()
        at += 1
        if text.startswith("["):
            table = _names(parse(text, _TEXT))
            yield Span(table, table, first, at, header=True)
        elif text and not text.startswith("#"):
            while _is_toml("\n".join(lines[first:at])) is None and at - first < _MAX_VALUE and at < len(lines):
                at += 1
            yield Span((*table, *_key(text)), table, first, at)


def _is_toml(text: str) -> JsonObject | None:
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
    for at in _signs("=", line):
        data = _is_toml(f"{line[:at]}= {{}}")
        if data is not None:
            return _names(data)
    return ()


def _signs(sign: str, line: str) -> Iterator[int]:
    """Where a sign stands; a line with too many of them is nobody's work and not worth the time."""
    found = (at for at, one in enumerate(line) if one == sign)
    return islice(found, 100)


def line_of(text: str, path: KeyPath) -> int:
    """The line, from 1, that sets `path`, or the nearest above it."""
    best, line = -1, 1
    for span in spans(text.split("\n")):
        shared = min(len(span.path), len(path))
        if span.path[:shared] == path[:shared] and shared > best:
            best, line = shared, span.first + 1
    return line


def with_value(text: str, path: KeyPath, value: object) -> str:
    """The text with `path` set, all else as it stands. Raises ConfigInvalid where that takes a person."""
    wanted = parse(text, _TEXT)
    inner: Any = wanted
    for part in path[:-1]:
        inner = inner.setdefault(part, {})
        if not isinstance(inner, dict):
            raise ConfigInvalid(f"{dotted(path)}: {part} is a value and not a table")
    inner[path[-1]] = value
    lines = text.split("\n")
    for candidate in _placed(lines, path, _written(value)):
        if _is_toml(candidate) == wanted:
            return candidate
    raise ConfigInvalid(f"{dotted(path)} stands inside another value; change it with an editor")


def _placed(lines: list[str], path: KeyPath, value: str) -> Iterator[str]:
    """Ways to write the value, the best first: over the old one, in its table, in a table above, in a new table."""
    found = list(spans(lines))
    for span in found:
        if span.path == path and not span.header:
            old = lines[span.first]
            indent = old[: len(old) - len(old.lstrip())]
            comment = _comment(old) if span.last == span.first + 1 else ""
            new = f"{indent}{dotted(path[len(span.table) :])} = {value}{comment}"
            yield "\n".join([*lines[: span.first], new, *lines[span.last :]])
    for depth in range(len(path) - 1, -1, -1):
        inside = [span for span in found if span.table == path[:depth]]
        if inside or not depth:
            at = inside[-1].last if inside else 0
            yield "\n".join([*lines[:at], f"{dotted(path[depth:])} = {value}", *lines[at:]])
        if depth == len(path) - 1 > 0:
            body = "\n".join(lines).rstrip("\n")
            yield f"{body}{chr(10) * 2 if body else ''}[{dotted(path[:-1])}]\n{dotted(path[-1:])} = {value}\n"


def without(text: str, path: KeyPath) -> str:
    """The text without the value of `path`. Raises ConfigInvalid when it is not set, or not by itself."""
    lines = text.split("\n")
    for span in spans(lines):
        if span.path == path and not span.header:
            return "\n".join([*lines[: span.first], *lines[span.last :]])
    raise ConfigInvalid(f"{dotted(path)} is not set there by itself")


def _comment(line: str) -> str:
    whole = _is_toml(line)
    for at in _signs("#", line):
        if _is_toml(line[:at]) == whole:
            return "  " + line[at:].rstrip("\r")
    return ""


def _written(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        inner = ", ".join(f"{dotted((name,))} = {_written(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(one) for one in value)}]"
    if isinstance(value, float):
        return repr(value)
    return quoted(value) if isinstance(value, str) else str(value).lower()
