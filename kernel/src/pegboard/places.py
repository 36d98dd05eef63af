"""Where Pegboard keeps things: five folders and the managed policy's path. It creates and reads nothing by itself."""

import os
import stat
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from pegboard_sdk.errors import PermissionDenied


class Places(Struct, frozen=True, kw_only=True):
    """The folders of this user, absolute, existing or not, and the file of the organisation's policy."""

    config: Path
    data: Path
    state: Path
    """Sessions with their journals, and grants."""
    cache: Path
    runtime: Path
    """Sockets; put them into a folder made by `private`."""
    managed: Path
    owner: int = 0
    """The only user who may write what lies on the way to the policy, from `top` down; only tests name another."""
    top: Path = Path("/")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Places":
        """The folders that `environ` names (`PEGBOARD_STATE_DIR`, ...), and the platform's for the others."""
        named = {kind: environ.get(f"PEGBOARD_{kind.upper()}_DIR", "") for kind in FOLDERS}
        found = {kind: Path(folder).absolute() for kind, folder in named.items() if folder}
        if len(found) < len(FOLDERS):
            found = _of_platform() | found
        return cls(**found, managed=managed_policy(sys.platform, environ), owner=0)

    @property
    def user_config(self) -> Path:
        """The user's configuration file."""
        return self.config / "config.toml"


FOLDERS = ("config", "data", "state", "cache", "runtime")


def _of_platform() -> dict[str, Path]:
    from platformdirs import PlatformDirs  # noqa: PLC0415 - costs a start that overrides every folder nothing

    dirs = PlatformDirs("pegboard", appauthor=False)
    with warnings.catch_warnings():
        # That there is no XDG_RUNTIME_DIR is no news; `private` refuses the fallback if it is somebody else's.
        warnings.simplefilter("ignore")
        return {kind: getattr(dirs, f"user_{kind}_path") for kind in FOLDERS}


def managed_policy(platform: str, environ: Mapping[str, str]) -> Path:
    """Where an organisation puts its policy on `platform` (as in `sys.platform`)."""
    if platform == "win32":
        return Path(environ.get("ProgramData") or r"C:\ProgramData", "pegboard", "policy.toml")
    if platform == "darwin":
        return Path("/Library/Application Support/pegboard/policy.toml")
    return Path("/etc/pegboard/policy.toml")


def private(folder: Path) -> Path:
    """Make `folder` and its missing parents, open to this user alone, and give it back.

    A folder that exists keeps its mode. Raises PermissionDenied when it, or the link that leads to it, belongs to
    somebody else: whoever owns it could swap what we keep there. Raises OSError as `mkdir` does.
    """
    try:
        folder.mkdir(mode=0o700)
    except FileNotFoundError:
        private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        pass
    entry, target = folder.lstat(), folder.stat()
    if not stat.S_ISDIR(target.st_mode):
        raise NotADirectoryError(f"{folder} is not a folder; move it away or name another")
    user = os.geteuid() if sys.platform != "win32" else 0
    if user and (target.st_uid != user or entry.st_uid not in (user, 0)):
        raise PermissionDenied(f"{folder} belongs to another user; name a folder of your own")
    return folder


@contextmanager
def replacing(file: Path) -> Iterator[BinaryIO]:
    """What is written in the block takes the place of `file` in one step at its end, durably, for its owner alone.

    Where the block or the disk fails, the old file is as it was, and nothing is left beside it.
    """
    part = file.with_name(f".{file.name[:100]}.{os.urandom(6).hex()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            yield opened
            opened.flush()
            os.fsync(descriptor)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make the entries of `folder` durable, where the platform can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
