"""The blocking end of the wire: bytes in with a read size that adapts, frames out together. It understands none."""

import _thread
import os
import select
import time
from contextlib import suppress
from typing import Final

from pegboard_sdk.wire.lingering import SMALL_READ, Lingering

LARGE_READ: Final = 1 << 18
GROWTH: Final = 4
HELD_BYTES: Final = 1 << 16
HELD_SECONDS: Final = 0.0005
"""Results of a burst wait this long, at most, for those behind them to be written together."""


class Channel:
    """Owns both descriptors. One thread reads at a time; any thread writes."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        os.set_blocking(read_fd, False)
        self._read_fd = read_fd
        self._write_fd = write_fd
        self._lingering = Lingering(read_fd, naps=False)
        self._readable = select.poll()
        self._readable.register(read_fd, select.POLLIN)
        self._read_size = SMALL_READ
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._held_since = 0.0
        self._lock = _thread.allocate_lock()
        self.broken = False
        """The other side reads no more: what is written is thrown away, and the end is found by reading."""

    def read(self) -> bytes:
        """The next bytes; empty at the end."""
        size = self._read_size
        data = self._lingering.read(size)
        while not data:
            self._readable.poll()
            try:
                data = os.read(self._read_fd, size)
                break
            except BlockingIOError:
                continue
            except ConnectionError:
                return b""
        if len(data) == size:
            self._read_size = min(size * GROWTH, LARGE_READ)
        elif size > SMALL_READ and len(data) * GROWTH < size:
            self._read_size = SMALL_READ
        return data

    def wait(self, seconds: float | None, also: int = -1) -> bool:
        """Until there is something to read (here or on `also`) or the time is over; whether there is."""
        poll = select.poll()
        poll.register(self._read_fd, select.POLLIN)
        if also >= 0:
            poll.register(also, select.POLLIN)
        return bool(poll.poll(None if seconds is None else max(0.0, seconds) * 1000))

    def post(self, frame: bytes) -> None:
        """Write soon: with what follows, or when `flush` is called."""
        with self._lock:
            if not self._held:
                self._held_since = time.monotonic()
            self._held.append(frame)
            self._held_bytes += len(frame)
            if self._held_bytes >= HELD_BYTES or time.monotonic() - self._held_since > HELD_SECONDS:
                self._write(self._held)

    def send(self, *parts: bytes | memoryview) -> None:
        """Write one frame now, behind what was posted."""
        with self._lock:
            self._write([*self._held, *parts])

    def flush(self) -> None:
        """Write what was posted."""
        if self._held:
            with self._lock:
                self._write(self._held)

    def close(self) -> None:
        """Close both descriptors."""
        with self._lock:
            for fd in {self._read_fd, self._write_fd}:
                with suppress(OSError):
                    os.close(fd)

    def _write(self, parts: "list[bytes] | list[bytes | memoryview]") -> None:
        self._held = []
        self._held_bytes = 0
        if self.broken or not parts:
            return
        views: list[memoryview] | None = None
        total = sum(map(len, parts))
        try:
            written = self._write_some(parts)
            while written < total:
                views = _rest(views or [memoryview(part) for part in parts], written)
                total -= written
                written = self._write_some(views)
        except (BrokenPipeError, ConnectionError):
            self.broken = True

    def _write_some(self, parts: "list[bytes] | list[bytes | memoryview] | list[memoryview]") -> int:
        try:
            if len(parts) == 1:
                return os.write(self._write_fd, parts[0])
            return os.writev(self._write_fd, parts[:1000])
        except BlockingIOError:
            select.select([], [self._write_fd], [])
            return 0


def _rest(views: list[memoryview], written: int) -> list[memoryview]:
    """What is left of `views` after so many bytes."""
    for position, view in enumerate(views):
        if written < len(view):
            return [view[written:], *views[position + 1 :]]
        written -= len(view)
    return []
