"""The file of credentials: which there are, who keeps each, and the values of those that no keyring keeps.

Readable by its owner alone (0600), replaced whole, and not read at all where anybody else could have read it.
"""

import os
import stat
from enum import Enum
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from pegboard.config.failure import ConfigInvalid
from pegboard.places import private, replacing

MOST_BYTES: Final = 1 << 20


class Keeper(Enum):
    """Who keeps a value."""

    KEYRING = "keyring"
    FILE = "file"
    ENVIRONMENT = "environment"


class Entry(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One credential. The value of one that the keyring keeps is not here."""

    keeper: Keeper
    value: str = ""
    until: float = 0
    """When it is no longer valid, in seconds since 1970; 0 when nobody said."""


class _Content(Struct, frozen=True, forbid_unknown_fields=True):
    schema: Literal[1] = 1
    credentials: dict[str, Entry] = {}


class CredentialFile:
    """The file at `path`, existing or not."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path

    def read(self) -> dict[str, Entry]:
        """What it holds. Raises ConfigInvalid, with the repair, when others can read it or it is damaged."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigInvalid(f"{self.path} cannot be read ({error.strerror}); remove it and log in again") from error
        try:
            self._check(os.fstat(descriptor))
            data = os.read(descriptor, MOST_BYTES)
        finally:
            os.close(descriptor)
        try:
            return msgspec.json.decode(data, type=_Content).credentials
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # The decoder's own words could quote a key.
            raise ConfigInvalid(f"{self.path} is damaged; remove it and log in again") from None

    def write(self, entries: dict[str, Entry]) -> None:
        """Replace it, durably and at once. Raises OSError as the disk does; then it is as it was."""
        private(self.path.parent)
        with replacing(self.path) as file:
            file.write(msgspec.json.format(msgspec.json.encode(_Content(credentials=entries))))

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise ConfigInvalid(f"{self.path} is not a plain file; remove it and log in again")
        if os.name != "posix":
            return
        if found.st_uid != os.geteuid():
            raise ConfigInvalid(f"{self.path} belongs to another user; remove it and log in again")
        if found.st_mode & 0o077:
            mode = stat.S_IMODE(found.st_mode)
            raise ConfigInvalid(
                f"{self.path} is open to others (mode {mode:04o}); change the keys in it, and chmod 600 it"
            )
