"""Which folders a person trusts, and for what content: kept in the user's state, never in the folder.

A folder is its real path, device and inode. What is trusted are the hashes of what would be obeyed, so a change asks
again. Managed policy may forbid trust altogether, or outside some folders.
"""

import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.config import ConfigInvalid
from pegboard.obeyed import Obeyed, changes, nested_in, present, survey
from pegboard.places import private, replacing
from pegboard.policy.schema import TrustDemand
from pegboard_sdk.errors import PermissionDenied

MAX_BYTES: Final = 1 << 22
_BROKEN: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OSError)


class Standing(Enum):
    """How a folder stands."""

    EMPTY = "nothing to obey"
    UNKNOWN = "not trusted"
    CHANGED = "trusted before it was changed"
    TRUSTED = "trusted"


class Trusted(Struct, frozen=True, kw_only=True):
    """A folder that somebody trusted, with what was in it then."""

    schema: int = 1
    folder: str
    device: int
    inode: int
    at: float
    """Seconds since 1970."""
    files: dict[str, str] = {}
    """Those that hold from the start."""
    nested: dict[str, str] = {}
    """Instructions of subfolders, and what they import."""


class View(Struct, frozen=True):
    """A folder as it stands now. `obeyed` is what may be obeyed: nothing unless it is trusted."""

    standing: Standing
    obeyed: Obeyed = Obeyed()
    notes: tuple[str, ...] = ()
    """What changed, or why it cannot be trusted any more."""


class Trust:
    """The folders that this user trusts, kept below `state`, within what managed policy demands."""

    def __init__(self, state: Path, demand: TrustDemand | None = None, source: str = "") -> None:
        self._folder = state / "trust"
        self._demand = demand or TrustDemand()
        self._source = source or "managed policy"

    def forbidden(self, folder: Path) -> str:
        """Why policy lets nobody trust the folder; empty when it does."""
        if self._demand.permits(os.path.realpath(folder)):
            return ""
        below = (
            "no folder"
            if self._demand.never
            else f"only what lies below {', '.join(self._demand.below or ('nothing',))}"
        )
        return f"managed policy trusts {below} ({self._source})"

    def view(self, folder: Path) -> View:
        """How the folder stands. Opens nothing in it unless somebody trusted it before."""
        names, known = present(folder), self._known(folder)
        if known is None or self.forbidden(folder):
            return View(Standing.UNKNOWN if names else Standing.EMPTY)
        try:
            obeyed = survey(folder)
        except (ConfigInvalid, OSError) as error:
            return View(Standing.CHANGED, notes=(str(error),))
        changed = tuple(changes(known.files, obeyed.hashes()))
        return View(Standing.CHANGED, notes=changed) if changed else View(Standing.TRUSTED, obeyed)

    def once(self, folder: Path, names: Iterable[str] | None = None) -> Obeyed:
        """What is obeyed in a run that was told to trust. Raises PermissionDenied where policy forbids it."""
        self._allowed(folder)
        return survey(folder, names)

    def accept(self, folder: Path) -> Obeyed:
        """Trust the folder as it is now; durable on return. Raises PermissionDenied, ConfigInvalid, OSError."""
        self._allowed(folder)
        obeyed, nested = survey(folder), dict[str, str]()
        for name in nested_in(folder):
            with suppress(ConfigInvalid, OSError):
                nested |= survey(folder, [name]).hashes()
        self._keep(folder, obeyed.hashes(), nested)
        return obeyed

    def nested(self, folder: Path, names: Iterable[str]) -> View:
        """How these instructions of subfolders stand, a change of each by itself. Opens none where nobody trusts."""
        known = self._known(folder)
        if known is None or self.forbidden(folder):
            return View(Standing.UNKNOWN)
        try:
            obeyed = survey(folder, names)
        except (ConfigInvalid, OSError) as error:
            return View(Standing.CHANGED, notes=(str(error),))
        now, before = obeyed.hashes(), known.files | known.nested
        changed = tuple(changes({name: before[name] for name in now if name in before}, now))
        return View(Standing.CHANGED, notes=changed) if changed else View(Standing.TRUSTED, obeyed)

    def accept_nested(self, folder: Path, names: Iterable[str]) -> Obeyed:
        """Trust these too, as they are now; durable on return. Raises as `accept` does."""
        obeyed, known = self.once(folder, names), self._known(folder)
        files, nested = (known.files, known.nested) if known else ({}, {})
        self._keep(folder, files, nested | obeyed.hashes())
        return obeyed

    def _keep(self, folder: Path, files: dict[str, str], nested: dict[str, str]) -> None:
        status = folder.stat()
        kept = Trusted(
            folder=real_path(folder), device=status.st_dev, inode=status.st_ino, at=time.time(), files=files,
            nested=nested,
        )  # fmt: skip
        private(self._folder)
        with replacing(self._file(folder)) as file:
            file.write(msgspec.json.format(msgspec.json.encode(kept)))

    def records(self) -> Iterator[tuple[Path, Trusted]]:
        """Every folder that is trusted, with the file that says so: without it, it is not."""
        for file in sorted(self._folder.glob("*.json")):
            found = _read(file)
            if found is not None:
                yield file, found

    def _allowed(self, folder: Path) -> None:
        why = self.forbidden(folder)
        if why:
            raise PermissionDenied(f"{real_path(folder)} cannot be trusted: {why}")

    def _file(self, folder: Path) -> Path:
        status = folder.stat()
        identity = f"{folder.resolve()}\0{status.st_dev}\0{status.st_ino}"
        return self._folder / f"{hashlib.sha256(identity.encode(errors='surrogateescape')).hexdigest()}.json"

    def _known(self, folder: Path) -> Trusted | None:
        file, status = self._file(folder), folder.stat()
        found = _read(file)
        here = (real_path(folder), status.st_dev, status.st_ino)
        return found if found and (found.folder, found.device, found.inode) == here else None


def real_path(folder: Path) -> str:
    """The real path; bytes that are no text are spelt out."""
    return str(folder.resolve()).encode("utf-8", "backslashreplace").decode()


def _read(file: Path) -> Trusted | None:
    """A record; None when there is none, or when anybody else could have written it: then the question comes again."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if sys.platform != "win32" and (status.st_mode & 0o022 or status.st_uid != os.geteuid()):
                return None
            return msgspec.json.decode(opened.read(MAX_BYTES), type=Trusted)
    except _BROKEN:
        return None
