"""Changes keys in the text of a TOML file; comments and order stay. What comes out is parsed and compared."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pegboard.config.failure import ConfigInvalid
from pegboard.config.lines import data_of, signs, spans
from pegboard.config.source import KeyPath, dotted, parse, quoted

_TEXT: Final = Path("text")


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
        if data_of(candidate) == wanted:
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
    whole = data_of(line)
    for at in signs("#", line):
        if data_of(line[:at]) == whole:
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
