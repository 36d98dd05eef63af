"""Values too large for a record, each in a file named by its SHA-256. Which record names which is the journal's."""

import codecs
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import trio
from msgspec import Struct

from pegboard.places import private, sync_folder
from pegboard_sdk.errors import Conflict, NotFound

HEAD: Final = 20_000
TAIL: Final = 10_000
"""Bytes kept from the beginning and the end of a value that is shown shortened."""


class Kept(Struct, frozen=True, kw_only=True):
    """What a `BlobWriter` took: all of it in `head` where `handle` is empty, else the ends of the blob it names."""

    size: int
    head: bytes
    tail: bytes = b""
    handle: str = ""

    def text(self) -> str:
        """The value as text; a shortened one says how much is left out and which handle names the whole."""
        if not self.handle:
            return self.head.decode(errors="replace")
        # A character that is cut at a border belongs to what is left out.
        head = codecs.getincrementaldecoder("utf-8")("replace").decode(self.head)
        tail = self.tail.lstrip(bytes(range(0x80, 0xC0))).decode(errors="replace")
        left = self.size - len(self.head) - len(self.tail)
        return (
            f"{head}\n[... {left} bytes left out; read_file path=output:{self.handle[:12]} shows the whole ...]\n{tail}"
        )


class Blobs:
    """The blobs of one session. Handles are 64 hexadecimal digits; any unique beginning of one opens it."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self._durable: set[str] = set()

    async def put(self, data: bytes) -> str:
        """Keep `data` and return its handle once file and folder are durable. Raises OSError as the disk does."""
        handle = hashlib.sha256(data).hexdigest()
        if handle not in self._durable:
            await trio.to_thread.run_sync(self._store, handle, data)
        return handle

    def writer(self, *, head: int = HEAD, tail: int = TAIL) -> "BlobWriter":
        """Take a value piece by piece; nothing touches the disk while it is not longer than `head` + `tail` bytes."""
        return BlobWriter(self, head=head, tail=tail)

    def resolve(self, prefix: str) -> str:
        """The one handle that begins so. Raises NotFound; Conflict, naming them, when there are several."""
        found = [handle for handle in self if prefix and handle.startswith(prefix)]
        if not found:
            raise NotFound(f"no blob begins with {prefix!r} in {self.folder}")
        if len(found) > 1:
            raise Conflict(f"{prefix!r} begins {len(found)} blobs: {', '.join(name[:16] for name in found[:5])}")
        return found[0]

    def open(self, prefix: str) -> int:
        """A descriptor, for reading, of the blob whose handle begins with `prefix`; the caller closes it."""
        return os.open(self.folder / self.resolve(prefix), os.O_RDONLY)

    def read(self, prefix: str) -> bytes:
        """A blob whole."""
        return (self.folder / self.resolve(prefix)).read_bytes()

    def borrow(self, source: Path, handles: Iterable[str]) -> None:
        """Have, durably, blobs of another session's folder as well. Blocks."""
        for handle in handles:
            target = private(self.folder) / handle
            try:
                os.link(source / handle, target)
            except OSError:  # another file system, or one without links
                self._store(handle, (source / handle).read_bytes())
            self._durable.add(handle)
        if self._durable:
            sync_folder(self.folder)

    def sweep(self) -> None:
        """Remove what a process that was killed left half written. Only for who holds the session's lock."""
        for part in self.folder.glob("*.part"):
            part.unlink(missing_ok=True)

    def part(self) -> tuple[Path, int]:
        """A new file for a blob that is being written, and its descriptor."""
        private(self.folder)
        path = self.folder / f"{os.urandom(8).hex()}.part"
        return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)

    def adopt(self, path: Path, descriptor: int, handle: str) -> None:
        """Make a written part the blob `handle`, durably. Blocks; closes the descriptor whatever happens."""
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        path.chmod(0o400)
        path.replace(self.folder / handle)
        sync_folder(self.folder)
        if not self._durable:
            sync_folder(self.folder.parent)
        self._durable.add(handle)

    def _store(self, handle: str, data: bytes) -> None:
        path, descriptor = self.part()
        try:
            write_all(descriptor, data)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        self.adopt(path, descriptor, handle)

    def __iter__(self) -> Iterator[str]:
        """The handles of all blobs, sorted."""
        names = os.listdir(self.folder) if self.folder.is_dir() else []
        return iter(sorted(name for name in names if len(name) == 64))


class BlobWriter:
    """Takes a value of unknown length in bounded memory. `write` blocks only for the page cache; end with `finish`."""

    def __init__(self, blobs: Blobs, *, head: int, tail: int) -> None:
        self.size = 0
        self._blobs = blobs
        self._limits = head, tail
        self._start = bytearray()
        self._rest = bytearray()
        self._digest = hashlib.sha256()
        self._part: tuple[Path, int] | None = None

    def write(self, data: bytes | memoryview) -> None:
        """Take the next piece. Raises OSError as the disk does; then `discard`."""
        head, tail = self._limits
        self.size += len(data)
        self._digest.update(data)
        if self._part is None and self.size > head + tail:
            self._part = self._blobs.part()
            write_all(self._part[1], self._start + self._rest)
        if self._part is not None:
            write_all(self._part[1], data)
        room = head - len(self._start)
        self._start += data[:room] if room > 0 else b""
        self._rest += data[max(room, 0) :]
        if len(self._rest) > 2 * tail + (1 << 16):
            del self._rest[: len(self._rest) - tail]

    async def finish(self) -> Kept:
        """Return what was taken; a value beyond the limits is a durable blob by then."""
        if self._part is None:
            return Kept(size=self.size, head=bytes(self._start + self._rest))
        path, descriptor = self._part
        handle = self._digest.hexdigest()
        await trio.to_thread.run_sync(self._blobs.adopt, path, descriptor, handle)
        self._part = None
        tail = self._limits[1]
        return Kept(
            size=self.size, head=bytes(self._start), tail=bytes(self._rest[-tail:]) if tail else b"", handle=handle
        )

    def discard(self) -> None:
        """Forget a value that will not be finished."""
        if self._part is not None:
            path, descriptor = self._part
            self._part = None
            with suppress(OSError):
                os.close(descriptor)
            path.unlink(missing_ok=True)


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    """Write the whole of `data`, however often the disk takes only a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
