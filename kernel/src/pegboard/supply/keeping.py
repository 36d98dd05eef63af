"""Makes trees of wheels: unpacked strictly, compiled, sealed, moved into the store at once. Nothing of them runs."""

import os
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pegboard.places import private, sync_folder
from pegboard.supply.failure import TreeRefused
from pegboard.supply.store import PART, WHEELS, Store, discard
from pegboard.supply.tree import LISTING, Scan, read_tree
from pegboard.supply.wheel import Wheel, unpack

_COMPILE: Final = """
import os, py_compile, sys
os.chdir(sys.argv[1])
found = []
for folder, folders, names in os.walk("."):
    folders[:] = sorted(name for name in folders if name != "__pycache__")
    found += [os.path.join(folder, name)[2:] for name in names if name.endswith(".py") and name[:-3].isidentifier()]
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for name in sorted(found):
    try:
        py_compile.compile(name, dfile=name, doraise=True, invalidation_mode=mode)
    except (py_compile.PyCompileError, ValueError, RecursionError):
        pass
"""
_COMPILE_S: Final = 600


def keep(store: Store, wheels: Sequence[Wheel]) -> str:
    """Make the tree of these wheels durable and give its hash; one that is there already is used.

    Raises WheelRefused or TreeRefused, with nothing left behind, and OSError.
    """
    part = private(store.folder) / f"{PART}{os.getpid()}-{secrets.token_hex(6)}"
    part.mkdir(mode=0o700)
    try:
        for wheel in wheels:
            unpack(wheel, part)
        _compile(part)
        _seal(part)
        tree = read_tree(part)
        _write(part / LISTING, tree.listing)
        target = store.path(tree.sha256)
        if target.exists() and read_tree(target, Scan(kept=LISTING)) != tree:
            raise TreeRefused(f"{target} is not what its name says; `peg plugin remove` it, then install it again")
        if not target.exists():
            part.rename(target)
            sync_folder(store.folder)
            target.chmod(0o555)
        for wheel in wheels:
            _keep_wheel(store, wheel)
    finally:
        discard(part)
    return tree.sha256


def _keep_wheel(store: Store, wheel: Wheel) -> None:
    folder = private(store.folder / WHEELS / wheel.sha256)
    if not (folder / wheel.path.name).exists():
        part = folder / f"{PART}{secrets.token_hex(6)}"
        shutil.copyfile(wheel.path, part)
        part.chmod(0o444)
        part.rename(folder / wheel.path.name)


def _compile(folder: Path) -> None:
    """In a process of its own, with an order and seed that make the same bytes each time. It executes nothing of it."""
    argv = [sys.executable, "-s", "-S", "-P", "-B", "-c", _COMPILE, str(folder)]
    env = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=_COMPILE_S)
    if done.returncode:
        raise TreeRefused(f"{folder} could not be compiled: {done.stderr.strip()[-300:]}")


def _seal(folder: Path) -> None:
    """Read-only and on the disk, from the leaves up; the root stays movable until it is in its place."""
    for inner, _, names in os.walk(folder, topdown=False):
        for name in names:
            path = Path(inner, name)
            path.chmod(0o555 if path.stat().st_mode & stat.S_IXUSR else 0o444)
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            os.fsync(descriptor)
            os.close(descriptor)
        if inner != str(folder):
            os.chmod(inner, 0o555)
        sync_folder(Path(inner))


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
