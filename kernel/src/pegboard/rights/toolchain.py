"""The folders of the tools on PATH that lie outside the system's own: bound read-only into every command's room."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from pegboard.environment import safe_path

_Look = tuple[tuple[int, ...], ...]

SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt")
BINARIES: Final = frozenset({"bin", "sbin", "shims", "Scripts"})
VENV: Final = "pyvenv.cfg"
SHARED: Final = frozenset({".local"})
"""Folders whose `bin` has neighbours that are no part of a toolchain."""

SECRET_FILES: Final = ("credentials", "credentials.toml")
"""What cargo keeps beside its binaries."""


class Tools:
    """The PATH of commands, made safe, and its toolchains: found anew when something on the way to them has changed."""

    def __init__(self, path: str, *, home: str, workspace: str) -> None:
        self._path, self._home, self._workspace = path, home, workspace
        self._seen: tuple[_Look, ...] | None = None
        self._found: tuple[str, ...] = ()

    def now(self) -> tuple[str, ...]:
        """The toolchains that are there."""
        seen = tuple(map(_look, (*self._path.split(os.pathsep), *_environments(self._workspace))))
        if seen != self._seen:
            safe = safe_path(self._path, workspace=self._workspace)
            self._seen, self._found = seen, toolchains(safe, home=self._home, workspace=self._workspace)
        return tuple(root for root in self._found if os.path.isdir(root))


def toolchains(path: str, *, home: str, workspace: str) -> tuple[str, ...]:
    """From a PATH that was made safe: for `X/bin` the whole of X, unless X is a home folder or `.local`.

    Interpreters that a virtual environment on the PATH or in the workspace was made from are found too.
    """
    found: dict[str, None] = {}
    entries = [entry for entry in path.split(os.pathsep) if entry]
    for entry in (*entries, *_environments(workspace)):
        for root in _of(entry, os.path.realpath(home)):
            if not _within(root, (*SYSTEM, workspace)):
                found[root] = None
    return tuple(root for root in found if not _within(root, [other for other in found if other != root]))


def secret_files(roots: Iterable[str]) -> tuple[str, ...]:
    """Files below toolchains that hold tokens."""
    return tuple(file for root in roots for name in SECRET_FILES if os.path.exists(file := os.path.join(root, name)))


def _environments(workspace: str) -> tuple[str, ...]:
    return tuple(os.path.join(workspace, one, "bin") for one in (".venv", "venv"))


def _look(entry: str) -> _Look:
    """What tells a folder, and the virtual environment that it may belong to, from others of the same names. It may lie
    elsewhere under the same identity only when it was moved as a whole, which no confined command can."""
    return tuple(_print(path) for path in (entry, os.path.join(entry, os.pardir, VENV)))


def _print(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return (status.st_dev, status.st_ino, status.st_mode, status.st_mtime_ns, status.st_size)


def _of(entry: str, home: str) -> Iterator[str]:
    real = os.path.realpath(entry)
    if not os.path.isdir(real):
        return
    above = os.path.dirname(real)
    is_whole = os.path.basename(real) in BINARIES and above not in (home, "/")
    yield above if is_whole and os.path.basename(above) not in SHARED else real
    if (base := _base(Path(above, VENV))) and not _within(home, [base]):
        yield base


def _base(config: Path) -> str:
    """The installation that a virtual environment rests on; empty when it is none.

    The file may be a stranger's, so what it names must be a Python: no secret lies in one.
    """
    try:
        lines = config.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    keys = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}
    home = keys.get("home", "")
    base = os.path.dirname(os.path.realpath(home)) if os.path.isabs(home) else ""
    return base if base and any(Path(base).glob("lib/python3*/os.py")) else ""


def _within(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(f"{root.rstrip('/')}/") for root in roots)
