"""One of the two that an exchange speaks to: a socket, and the HTTP on it.

Reads and writes yield to other tasks only where they have to wait: for an answer that comes in small pieces a turn of
the scheduler for each would cost more than the piece itself.
"""

import os
import select
from contextlib import suppress
from typing import Any, Final

import h11
import trio

PIECE: Final = 1 << 16
SPOKEN: Final = {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}
"""One message was said and answered, and another may be."""


class Side:
    """A connection. What it raises is what trio and h11 raise; OSError where the socket fails."""

    def __init__(self, stream: trio.SocketStream, http: h11.Connection) -> None:
        self.stream = stream
        self.http = http
        self._fd = stream.socket.fileno()

    async def receive(self) -> bytes:
        """The next bytes; empty at the end."""
        while True:
            await trio.lowlevel.wait_readable(self._fd)
            with suppress(BlockingIOError):
                return os.read(self._fd, PIECE)

    async def send(self, data: bytes) -> None:
        """All of it."""
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._fd)

    async def event(self) -> Any:  # noqa: ANN401 - h11 has no type for it
        """The next event. What is read never exceeds what the connection takes."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.http.receive_data(await self.receive())
        return event

    def is_reusable(self) -> bool:
        """Whether another message may be said, and the other end has not gone since the last."""
        watch = select.poll()
        watch.register(self._fd, select.POLLIN)
        return self.http.states == SPOKEN and not watch.poll(0)
