"""Frames on their way out of a trio side: one queue, written together, without waiting where nobody has to.

Data enters only while little is queued, all else at once: so control frames wait for one chunk at most, streams take
turns, and what is queued stays bounded.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import trio

DATA_ROOM_BYTES: Final = 1 << 16
"""Data waits while so much is queued."""

WRITE_BYTES: Final = 1 << 16
STALL_SECONDS: Final = 10.0


class Outbox:
    """The writing end. Owns nothing; `on_stalled` is called when the other side does not read."""

    def __init__(self, fd: int, max_queue: int, on_stalled: Callable[[], None]) -> None:
        self._fd = fd
        self._max_queue = max_queue
        self._on_stalled = on_stalled
        self._queue: list[bytes] = []
        self._queued = 0
        self._left: memoryview = memoryview(b"")
        self._task: trio.lowlevel.Task | None = None
        self._room = trio.lowlevel.ParkingLot()
        self.is_broken = False
        """The other side reads no more; what is put is thrown away."""

    @property
    def queued(self) -> int:
        """Bytes that are not written yet."""
        return self._queued

    def put(self, frame: bytes) -> None:
        """Write soon, together with whatever else is put until then. Never waits."""
        if self.is_broken:
            return
        self._queue.append(frame)
        self._queued += len(frame)
        if self._task is not None:
            trio.lowlevel.reschedule(self._task)
            self._task = None
        elif self._queued > self._max_queue:
            self._on_stalled()

    def put_now(self, frame: bytes) -> None:
        """Write at once where nothing is queued, else soon. Never waits."""
        if self._queued or self.is_broken:
            self.put(frame)
            return
        written = 0
        try:
            written = os.write(self._fd, frame)
        except BlockingIOError:
            pass
        except OSError:
            self._break()
        if written < len(frame):
            self.put(frame[written:])

    async def room(self) -> None:
        """Wait until Data may be put."""
        while self._queued >= DATA_ROOM_BYTES and not self.is_broken:
            await self._room.park()

    async def drained(self) -> None:
        """Wait until everything was written, or cannot be."""
        while self._queued and not self.is_broken:
            await self._room.park()

    def close(self) -> None:
        """Throw away what is queued, and whatever comes."""
        self._break()

    async def run(self) -> None:
        """Write what is put, until cancelled."""
        while not self.is_broken:
            if not self._queued:
                self._task = trio.lowlevel.current_task()
                await trio.lowlevel.wait_task_rescheduled(self._not_waiting)
            self._write_some()
            self._room.unpark_all()
            if self._queued and not self.is_broken:
                await self._until_writable()

    def _not_waiting(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED

    async def _until_writable(self) -> None:
        with trio.move_on_after(STALL_SECONDS) as patience:
            await trio.lowlevel.wait_writable(self._fd)
        if patience.cancelled_caught:
            self._on_stalled()

    def _write_some(self) -> None:
        """As much as the channel takes now."""
        with suppress(BlockingIOError):
            while self._queued:
                if not self._left:
                    queue, self._queue = self._queue, []
                    self._left = memoryview(queue[0] if len(queue) == 1 else b"".join(queue))
                try:
                    written = os.write(self._fd, self._left[:WRITE_BYTES])
                except BlockingIOError:
                    raise
                except OSError:
                    self._break()
                    return
                self._left = self._left[written:]
                self._queued -= written

    def _break(self) -> None:
        self.is_broken = True
        self._queue.clear()
        self._queued = 0
        self._left = memoryview(b"")
        self._room.unpark_all()
