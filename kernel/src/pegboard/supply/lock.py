"""What was accepted: `plugins.lock`, a JSON file that says which bytes of a plugin may start, and with which rights.

The user's lies in the configuration folder. An organisation's lies beside its policy: where there is one, it alone
counts, so that nothing below can widen it. A lock that cannot be read or trusted is an error, never an empty lock.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from pegboard.found import Origin
from pegboard.places import Places, private, replacing
from pegboard.supply.failure import LockBroken
from pegboard_sdk.errors import Conflict
from pegboard_sdk.wire.manifest import Capabilities, PluginId

NAME: Final = "plugins.lock"
MOST_BYTES: Final = 1 << 24

Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.!+-]{1,255}$")]
Text = Annotated[str, Meta(max_length=4096)]


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of the lock; an unknown key is an error, because it may be a restriction that we would not keep."""


class ToolPin(Strict, frozen=True, kw_only=True):
    """What a model is told of a tool: hashes of its schema's file, and of its entry in the manifest."""

    schema: Hash | Literal[""] = ""
    text: Hash


class WheelPin(Strict, frozen=True, kw_only=True):
    """A distribution in a plugin's tree: its version, and the hash of each file that may be it."""

    version: Text
    files: dict[FileName, Hash]


class Pin(Strict, frozen=True, kw_only=True):
    """One plugin as it was accepted."""

    version: Text
    origin: Origin
    entry: Text = ""
    """`module:attribute`; empty for what is no Python."""
    manifest: Hash
    trees: dict[Text, Hash]
    """By Python and platform: the compiled files are part of a tree."""
    wheels: dict[Text, WheelPin] = {}
    tools: dict[Text, ToolPin] = {}
    granted: Capabilities = msgspec.field(default_factory=Capabilities)
    uses: tuple[Text, ...] = ()
    publisher: Text = ""
    source: Text = ""
    """What was typed to get it, for people."""
    accepted: Text = ""
    """When, in UTC; empty while it is in quarantine."""


class Lock(Strict, frozen=True, kw_only=True):
    """`quarantine` has what came with an update and nobody has accepted; the old pin holds meanwhile."""

    schema: Literal[1]
    plugins: dict[PluginId, Pin] = {}
    quarantine: dict[PluginId, Pin] = {}

    def trees(self) -> frozenset[str]:
        """The hashes that the store must keep."""
        pins = (*self.plugins.values(), *self.quarantine.values())
        return frozenset(tree for pin in pins for tree in pin.trees.values())


class Authority(Enum):
    """Whose word a lock is."""

    USER = "user"
    MANAGED = "managed"


class Locked(Struct, frozen=True):
    """The lock in force."""

    lock: Lock
    authority: Authority
    file: Path

    @property
    def is_closed(self) -> bool:
        """Whether only what it lists may start."""
        return self.authority is Authority.MANAGED


def parse_lock(text: bytes, *, where: str) -> Lock:
    """Raises LockBroken with the place and what would be right."""
    repair = "repair it, or remove it and install the plugins again"
    try:
        text.decode()
        return msgspec.json.decode(text, type=Lock)
    except msgspec.ValidationError as error:
        raise LockBroken(f"{where}: {error}; {repair}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LockBroken(f"{where}: not JSON: {error}; {repair}") from error


def lock_text(lock: Lock) -> bytes:
    """The file: sorted, a value a line, so that it can be compared and kept in version control."""
    return msgspec.json.format(msgspec.json.encode(lock, order="deterministic"), indent=2) + b"\n"


def lock_in_force(places: Places, *, administrators: tuple[int, ...] = (0,)) -> Locked:
    """The organisation's lock if there is one, else the user's, else an empty one. Raises LockBroken.

    `administrators` are the user ids that may own the organisation's.
    """
    managed = places.managed.with_name(NAME)
    if (text := read_trusted(managed, owners=administrators)) is not None:
        return Locked(parse_lock(text, where=str(managed)), Authority.MANAGED, managed)
    return Locked(user_lock(places), Authority.USER, places.config / NAME)


def lock_files(places: Places) -> tuple[str, ...]:
    """The file that is in force, none where there is none."""
    files = (places.managed.with_name(NAME), places.config / NAME)
    return tuple(str(file) for file in files if file.exists())[:1]


def user_lock(places: Places) -> Lock:
    """Raises LockBroken."""
    file = places.config / NAME
    text = read_trusted(file, owners=(0, os.geteuid()) if sys.platform != "win32" else ())
    return Lock(schema=1) if text is None else parse_lock(text, where=str(file))


def read_trusted(file: Path, *, owners: tuple[int, ...]) -> bytes | None:
    """What is in a file that only `owners` may write, None where there is none. Raises LockBroken."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise LockBroken(f"{file}: {error.strerror}; it must be a file of its own, not a link") from error
    with os.fdopen(descriptor, "rb") as opened:
        status = os.fstat(descriptor)
        if sys.platform != "win32" and (status.st_mode & 0o022 or status.st_uid not in owners):
            raise LockBroken(f"{file}: others may write it; `chmod go-w` it, and see that it has the right owner")
        try:
            text = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise LockBroken(f"{file}: {error.strerror}") from error
    if len(text) > MOST_BYTES:
        raise LockBroken(f"{file}: larger than {MOST_BYTES >> 20} MiB")
    return text


class Editing:
    """The user's lock while one process changes it: `lock` is what is there, `save` makes a new one durable."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.lock = user_lock(places)

    def save(self, lock: Lock) -> None:
        """Replace the file in one step; on return it is on the disk. Raises OSError with the old one in place."""
        with replacing(private(self._places.config) / NAME) as file:
            file.write(lock_text(lock))
        self.lock = lock


@contextmanager
def editing(places: Places) -> Iterator[Editing]:
    """The user's lock for changing it: one process at a time. Raises Conflict at once when another one is at it."""
    guard = private(places.config) / f".{NAME}.guard"
    descriptor = os.open(guard, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        if sys.platform != "win32":
            import fcntl  # noqa: PLC0415 - not there on Windows

            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Conflict(f"another process changes {places.config / NAME}; try again when it is done") from None
        yield Editing(places)
    finally:
        os.close(descriptor)
