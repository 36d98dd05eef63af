"""Manifests as text: cut into tables without losing a comment, and tables written. It reads and changes no file."""

import re
import tomllib
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard_sdk.wire.manifest import Strict

HEADER: Final = re.compile(r"^\s*\[+\s*(?P<name>[A-Za-z0-9_.-]+)\s*\]+\s*(#.*)?$")
LONGEST: Final = 118
ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Block(Struct):
    """A table as it stands in the file, with the comments above it; `name` is empty for what stands before all."""

    name: str
    text: str

    def values(self) -> dict[str, Any]:
        """What it says."""
        table: Any = tomllib.loads(self.text)
        for word in self.name.split(".") if self.name else ():
            table = table[word]
        return table[0] if isinstance(table, list) else table  # type: ignore[no-any-return]


def blocks_of(text: str) -> list[Block]:
    """The tables of a manifest that is valid TOML, the nameless one first. Their texts joined are the text."""
    blocks = [Block("", "")]
    pending: list[str] = []
    for line in text.splitlines(keepends=True):
        head = HEADER.match(line)
        if head is not None and _is_whole(blocks[-1].text + "".join(pending)):
            above = _comments_above(pending)
            blocks[-1].text += "".join(pending[: len(pending) - above])
            blocks.append(Block(head["name"], "".join(pending[len(pending) - above :]) + line))
            pending = []
        else:
            pending.append(line)
    blocks[-1].text += "".join(pending)
    return blocks


def table(kind: str, entry: Strict) -> str:
    """A table of the manifest, as it is written."""
    values = msgspec.to_builtins(entry)
    defaults = {field.encode_name: field.default for field in msgspec.structs.fields(entry)}
    said = {key: value for key, value in values.items() if value != defaults[key]}
    lines = [f"[[{kind}]]", *(f"{key} = {written(value)}" for key, value in said.items())]
    return "\n".join(lines) + "\n"


def with_key(text: str, key: str, value: object) -> str:
    """The text of a block with `key` set there; a comment behind the old value stays."""
    pattern = re.compile(rf"^({re.escape(key)}\s*=\s*)(\"[^\"]*\"|'[^']*'|[^#\s]+)", re.MULTILINE)
    changed, count = pattern.subn(lambda found: found[1] + written(value), text, count=1)
    return changed if count else f"{text.rstrip()}\n{key} = {written(value)}\n".lstrip()


def written(value: object) -> str:
    """A value in TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, str):
        return '"' + "".join(_escaped(letter) for letter in value) + '"'
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {written(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        items = [written(each) for each in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= LONGEST - 12 else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    return str(value)


def _escaped(letter: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x20 or ord(letter) == 0x7F else letter


def _is_whole(text: str) -> bool:
    """Whether a table can begin behind this text, and not in the midst of a list or a long string."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _comments_above(lines: list[str]) -> int:
    """How many lines right above a table are comments, which belong to it."""
    count = 0
    while count < len(lines) and lines[len(lines) - 1 - count].lstrip().startswith("#"):
        count += 1
    return count
