"""Where values come from: files, variables, flags, each read into plain data. What the data mean is not known here."""

import os
import stat
from collections.abc import Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard.config.failure import ConfigInvalid
from pegboard_sdk.wire.codec import JsonObject

MAX_BYTES: Final = 1 << 20
"""A configuration file may have."""

KeyPath = tuple[str, ...]


class Layer(IntEnum):
    """Later ones win; MANAGED only narrows."""

    DEFAULT = 0
    USER = 1
    PROJECT = 2
    ENVIRONMENT = 3
    FLAG = 4
    MANAGED = 5


class Source(Struct, frozen=True):
    """Who set a value, and where: a file's path, a variable's name, a flag."""

    layer: Layer
    where: str = ""

    def __str__(self) -> str:
        return f"{self.layer.name.lower()} ({self.where})" if self.where else self.layer.name.lower()


def read_text(path: Path) -> str | None:
    """A small text file; None when there is none. Raises ConfigInvalid for anything else that stands there."""
    try:
        # Not blocking: a pipe in the place of a file must not hang the start.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigInvalid(f"{path}: not a file")
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise ConfigInvalid(f"{path}: larger than {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigInvalid(f"{path}: not UTF-8 at byte {error.start}") from None


def parse(text: str, path: Path) -> JsonObject:
    """The data of a TOML text. Raises ConfigInvalid, with the line, when it is none."""
    import tomllib  # noqa: PLC0415 - most starts read no file, and it costs them milliseconds

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigInvalid(f"{path}: not TOML: {error or 'it nests too deep'}") from None


def key_path(key: str) -> KeyPath:
    """The parts of a dotted key; parts with dots are quoted as in TOML. Raises ConfigInvalid when it is no key."""
    if '"' not in key and "'" not in key:
        parts = tuple(key.split("."))
        if all(parts):
            return parts
        raise ConfigInvalid(f"{key!r} is not a key such as limits.max_turns")
    data: Any = parse(f"{key} = 0", Path(f"key {key!r}"))
    found: list[str] = []
    while isinstance(data, dict) and len(data) == 1:
        ((name, data),) = data.items()
        found.append(name)
    return tuple(found)


def dotted(path: KeyPath) -> str:
    """A key as `key_path` reads it."""
    return ".".join(part if bare(part) else quoted(part) for part in path)


def quoted(text: str) -> str:
    """A text as TOML, and as JSON."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")


def bare(part: str) -> bool:
    """Whether TOML takes this part of a key without quotes."""
    return part.isascii() and part.replace("-", "a").replace("_", "a").isalnum()


def nested(path: KeyPath, value: object) -> JsonObject:
    """The data in which only `path` has a value."""
    for part in reversed(path):
        value = {part: value}
    assert isinstance(value, dict)
    return value


def leaves(data: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that is not itself a table, with its key."""
    for name, value in data.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value
