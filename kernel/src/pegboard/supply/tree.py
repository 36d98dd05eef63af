"""The hash of a folder: every file that is in it, and nothing that may not be.

A listing has one line for each entry, sorted by path: `d PATH`, or `f SHA256 PATH`, with `x` for a file that may be
executed. The hash of the tree is the hash of its listing, so that a listing proves itself to whoever knows the hash.
All is read by descriptor below the opened root: a link is never followed, and what was hashed is what was open.
"""

import hashlib
import os
import stat
from collections.abc import Container, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard.supply.failure import TreeRefused
from pegboard.supply.names import CACHE, clash_of, problem_of, stray_bytecode

LISTING: Final = ".listing"
"""Lies in the root of a stored tree, is not part of it, and has the tree's hash."""
MOST_ENTRIES: Final = 100_000
MOST_BYTES: Final = 4 << 30
MOST_DEPTH: Final = 64
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_FOLDER: Final = _FLAGS | getattr(os, "O_DIRECTORY", 0)


class Tree(Struct, frozen=True):
    """What a folder held when it was read."""

    sha256: str
    listing: bytes


class Scan(Struct, frozen=True, kw_only=True):
    """What is asked of a folder. `kept` is a name in its root that is passed over."""

    kept: str = ""
    bytecode: bool = True
    """False passes over folders of bytecode: an environment that is not read through them may have any."""


class _Walk:
    def __init__(self, scan: Scan, where: str) -> None:
        self.scan = scan
        self.where = where
        self.lines: dict[str, str] = {}
        self.left = MOST_BYTES

    def refuse(self, path: str, why: str) -> TreeRefused:
        return TreeRefused(f"{self.where}/{printable(path)} is refused: {why}")

    def folder(self, descriptor: int, prefix: str, above: Container[str], depth: int) -> None:
        """Add all below the open folder, which stays the caller's."""
        with os.scandir(descriptor) as entries:
            names = {entry.name: entry for entry in entries}
        if not prefix:
            names.pop(self.scan.kept, None)
        if not self.scan.bytecode:
            names.pop(CACHE, None)
        if depth > MOST_DEPTH or len(self.lines) + len(names) > MOST_ENTRIES:
            raise self.refuse(prefix, "it is deeper, or holds more entries, than a plugin needs")
        if clash := clash_of(names):
            raise self.refuse(prefix + clash[1], f"a system that ignores case takes it for {printable(clash[0])}")
        own = prefix[:-1].rpartition("/")[2]
        for name, entry in names.items():
            path = prefix + name
            if why := problem_of(name):
                raise self.refuse(path, why)
            if entry.is_dir(follow_symlinks=False):
                self.lines[path] = f"d {path}\n"
                with opened(descriptor, name, _FOLDER) as inner:
                    self.folder(inner.fd, f"{path}/", names, depth + 1)
            elif stray_bytecode(own, name, above):
                raise self.refuse(path, "it is bytecode that was not compiled here, or lies where only that may")
            else:
                self.file(descriptor, name, path)

    def file(self, folder: int, name: str, path: str) -> None:
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            raise self.refuse(path, f"it cannot be read: {error.strerror}") from error
        if not stat.S_ISREG(status.st_mode):
            raise self.refuse(path, "it is a link, a device or a socket, where a file or folder was due")
        with opened(folder, name, _FLAGS) as file:
            before = os.fstat(file.fd)
            if not stat.S_ISREG(before.st_mode):
                raise self.refuse(path, "it was exchanged while it was read")
            if before.st_nlink != 1:
                raise self.refuse(path, "it has another name elsewhere, by which it could be changed")
            if before.st_mode & (stat.S_ISUID | stat.S_ISGID):
                raise self.refuse(path, "it would run as another user or group")
            self.left -= before.st_size
            if self.left < 0:
                raise self.refuse(path, "the whole is larger than 4 GiB")
            digest = hashlib.sha256()
            while data := os.read(file.fd, max(before.st_size + 1, 1)):
                digest.update(data)
            after = os.fstat(file.fd)
            if _print(before) != _print(after):
                raise self.refuse(path, "it was changed while it was read")
        mark = "x" if before.st_mode & stat.S_IXUSR else "f"
        self.lines[path] = f"{mark} {digest.hexdigest()} {path}\n"


class opened:  # noqa: N801 - reads as a verb in `with`
    """An open descriptor, closed at the end of the block; quicker than a generator, which counts at 1,500 files."""

    __slots__ = ("fd",)

    def __init__(self, folder: int, name: str, flags: int) -> None:
        try:
            self.fd = os.open(name, flags, dir_fd=folder)
        except OSError as error:
            raise TreeRefused(f"{printable(name)} is refused: it cannot be opened: {error.strerror}") from error

    def __enter__(self) -> "opened":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)


def read_tree(root: Path, scan: Scan | None = None) -> Tree:
    """Read and hash all below `root`. Raises TreeRefused, with one sentence that names the first thing found."""
    try:
        descriptor = os.open(root, _FOLDER)
    except OSError as error:
        raise TreeRefused(f"{root} cannot be opened: {error.strerror}; reinstall the plugin") from error
    try:
        walk = _Walk(scan or Scan(), str(root))
        walk.folder(descriptor, "", (), 0)
    except OSError as error:
        raise TreeRefused(f"{root} cannot be read: {error.strerror}; reinstall the plugin") from error
    finally:
        os.close(descriptor)
    listing = "".join(walk.lines[path] for path in sorted(walk.lines)).encode()
    return Tree(hashlib.sha256(listing).hexdigest(), listing)


def prints_of(root: Path) -> tuple[tuple[str, int, int, int, int, int], ...]:
    """Device, inode, times and size of all below `root`: what stays as it is while nobody writes. Raises OSError."""
    return tuple(sorted(_prints(str(root), "")))


def _prints(folder: str, prefix: str) -> Iterator[tuple[str, int, int, int, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            yield (path, *_print(entry.stat(follow_symlinks=False)))
            if entry.is_dir(follow_symlinks=False):
                yield from _prints(entry.path, f"{path}/")


def _print(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def read_file(path: Path, most: int) -> bytes:
    """A file that is no link, of at most so many bytes. Raises TreeRefused or OSError."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise TreeRefused(f"{path} is larger than {most} bytes")
    return data


def parse_listing(listing: bytes) -> dict[str, str]:
    """Path to what the listing says of it. Only for listings whose hash is known."""
    lines = listing.decode().splitlines()
    return {line.split(" ", 1 if line[0] == "d" else 2)[-1]: line for line in lines}


def difference(accepted: bytes, found: bytes) -> str:
    """What changed between two listings, in words; the first few of each kind."""
    before, after = parse_listing(accepted), parse_listing(found)
    kinds = {
        "changed": [path for path in before if path in after and before[path] != after[path]],
        "added": [path for path in after if path not in before],
        "missing": [path for path in before if path not in after],
    }
    return "; ".join(f"{kind}: {_few(paths)}" for kind, paths in kinds.items() if paths)


def _few(paths: list[str]) -> str:
    shown = ", ".join(printable(path) for path in paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown


def printable(name: str) -> str:
    """A name as people may see it: nothing in it can move a cursor."""
    return "".join(mark if mark.isprintable() else ascii(mark)[1:-1] for mark in name)
