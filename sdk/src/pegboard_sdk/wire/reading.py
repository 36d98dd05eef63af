"""Bytes from a descriptor on trio, as many at a time as pays. No frame is understood here."""

import os
from typing import Final

import trio

from pegboard_sdk.wire.lingering import SMALL_READ

LARGE_READ: Final = 1 << 18
GROWTH: Final = 4
READS_PER_TURN: Final = 8
"""How many full reads may follow each other before other tasks get their turn."""


class Reader:
    """The reading end of a non-blocking descriptor, which it does not own."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._size = SMALL_READ
        self._turn = 0

    async def read(self) -> bytes:
        """The next bytes; empty at the end."""
        while True:
            if self._turn == 0:
                await trio.lowlevel.wait_readable(self._fd)
            try:
                data = os.read(self._fd, self._size)
            except BlockingIOError:
                self._turn = 0
                continue
            except ConnectionError:
                return b""
            self._adapt(len(data))
            return data

    def _adapt(self, got: int) -> None:
        if got < SMALL_READ:
            self._turn = 0
            self._size = SMALL_READ
            return
        self._turn = (self._turn + 1) % READS_PER_TURN
        if got == self._size:
            self._size = min(self._size * GROWTH, LARGE_READ)
