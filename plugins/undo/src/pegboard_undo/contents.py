"""The contents that are kept, each once, by hash. Small ones lie in the database, large ones in files beside it that
share their blocks with the original where the file system can; never as a link, through which both would change."""

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from pegboard_undo.database import Database

INLINE_BYTES: Final = 1 << 18
CHUNK_BYTES: Final = 1 << 20
ROOMY: Final = 0.8
_FICLONE: Final = 0x40049409


class Full(Exception):
    """There is no room for it."""


class Contents:
    """`sizes` are the bytes kept: of sources and their changes, and of heavy folders. `caps` bound them."""

    def __init__(self, database: Database, folder: Path, caps: tuple[int, int]) -> None:
        self._database = database
        self._folder = folder
        self._caps = caps
        folder.mkdir(mode=0o700, exist_ok=True)
        self.sizes = [0, 0]
        self.measure()

    def measure(self) -> None:
        """Count anew, after something else changed the database."""
        self.sizes = [0, 0]
        for heavy, size in self._database.all("select heavy, sum(size) from contents group by heavy"):
            self.sizes[int(str(heavy))] = int(str(size))

    def keep(self, file: int, size: int, *, heavy: bool) -> bytes:
        """The hash of an open file's content, which is kept on return. Raises Full and OSError."""
        if size > INLINE_BYTES:
            return self._keep_large(file, size, heavy=heavy)
        data = b"".join(iter(lambda: os.read(file, INLINE_BYTES + 1), b""))
        digest = hashlib.sha256(data).digest()
        if not self.has(digest):
            self._check(len(data), heavy=heavy)
            self._add(digest, len(data), data, heavy=heavy)
        return digest

    def has(self, digest: bytes) -> bool:
        """Whether it is kept."""
        return self._database.one("select 1 from contents where digest = ?", digest) is not None

    def write(self, digest: bytes, file: int) -> None:
        """Write a content into an open, empty file. Raises OSError: also when it is not kept, or is damaged."""
        row = self._database.one("select data, size from contents where digest = ?", digest)
        if row is None:
            raise OSError(0, "its content is no longer kept")
        if row[0] is not None:
            assert isinstance(row[0], bytes)
            _write_all(file, row[0])
            return
        source = os.open(self._file(digest), os.O_RDONLY | os.O_CLOEXEC)
        try:
            if _hash(source) != digest:
                raise OSError(0, "what was kept of it is damaged")
            _copy(source, file)
        finally:
            os.close(source)

    def read(self, digest: bytes, most: int) -> bytes | None:
        """A content of at most `most` bytes; None when it is larger or not kept."""
        row = self._database.one("select data, size from contents where digest = ?", digest)
        if row is None or int(str(row[1])) > most:
            return None
        return row[0] if isinstance(row[0], bytes) else self._file(digest).read_bytes()

    def drop(self, digests: list[bytes]) -> None:
        """Keep these no longer."""
        for digest in digests:
            self._database.run("delete from contents where digest = ?", digest)
            self._file(digest).unlink(missing_ok=True)
        self.measure()

    @property
    def is_crowded(self) -> bool:
        """Whether there is little room left."""
        return any(size > cap * ROOMY for size, cap in zip(self.sizes, self._caps, strict=True))

    def all(self) -> list[bytes]:
        """The hashes of everything that is kept."""
        rows = self._database.all("select digest from contents")
        return [digest for (digest,) in rows if isinstance(digest, bytes)]

    def _check(self, size: int, *, heavy: bool) -> None:
        if self.sizes[heavy] + size > self._caps[heavy]:
            raise Full

    def _add(self, digest: bytes, size: int, data: bytes | None, *, heavy: bool) -> None:
        self._database.run("insert or ignore into contents values(?, ?, ?, ?)", digest, size, int(heavy), data)
        self.sizes[heavy] += size

    def _file(self, digest: bytes) -> Path:
        return self._folder / digest.hex()

    def _keep_large(self, file: int, size: int, *, heavy: bool) -> bytes:
        self._check(size, heavy=heavy)
        temporary = self._folder / f".{os.urandom(8).hex()}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        copy = os.open(temporary, flags, 0o600)
        try:
            _copy(file, copy)
            digest = _hash(copy)
            if not self.has(digest):
                os.fsync(copy)
                os.rename(temporary, self._file(digest))
                self._add(digest, size, None, heavy=heavy)
            return digest
        finally:
            os.close(copy)
            temporary.unlink(missing_ok=True)


def _copy(source: int, target: int) -> None:
    """Share the blocks, or copy them."""
    with suppress(OSError):
        fcntl.ioctl(target, _FICLONE, source)
        return
    os.lseek(source, 0, os.SEEK_SET)
    while data := os.read(source, CHUNK_BYTES):
        _write_all(target, data)


def _hash(file: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    digest = hashlib.sha256()
    while data := os.read(file, CHUNK_BYTES):
        digest.update(data)
    return digest.digest()


def _write_all(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]
