"""The descriptors between the kernel and one plugin process. Who reads and writes them is decided elsewhere."""

import os
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Final

from msgspec import Struct

from pegboard_sdk.errors import Busy, StartFailed
from pegboard_sdk.wire.passing import send_descriptors

READ_BYTES: Final = 1 << 16


class Pipes(Struct):
    """The kernel's ends, each owned by whoever takes it, and the process's ends in the order that the spawner wants."""

    write: int
    read: int
    stderr: int
    passing: socket.socket
    theirs: tuple[int, int, int, int]

    def close(self) -> None:
        """Let go of the kernel's ends, before anybody took one."""
        for descriptor in (self.write, self.read, self.stderr):
            os.close(descriptor)
        self.passing.close()

    def pass_on(self, call_id: int, descriptors: Sequence[int]) -> None:
        """Pass copies of descriptors ahead of a call. Raises Busy when the process does not take them."""
        try:
            send_descriptors(self.passing, call_id, descriptors)
        except OSError as error:
            raise Busy(f"the plugin takes no descriptors: {error.strerror}") from error


def open_pipes() -> Pipes:
    """New ones; no child of ours inherits any. Raises StartFailed, with nothing open, when there are too many."""
    opened: list[int] = []
    try:
        for _ in range(3):
            opened += os.pipe()
        ours, theirs = socket.socketpair()
    except OSError as error:
        for descriptor in opened:
            os.close(descriptor)
        raise StartFailed(f"no channel could be made: {error.strerror}") from error
    ours.setblocking(False)  # noqa: FBT003 - positional-only
    their_stdin, write, read, their_stdout, stderr, their_stderr = opened
    return Pipes(write, read, stderr, ours, (their_stdin, their_stdout, their_stderr, theirs.detach()))


async def chunks_of(descriptor: int) -> AsyncIterator[bytes]:
    """What comes out of a descriptor, until its end; it is closed then."""
    import trio  # noqa: PLC0415 - the first process is begun before trio is imported

    async with trio.lowlevel.FdStream(descriptor) as stream:
        while chunk := await stream.receive_some(READ_BYTES):
            yield bytes(chunk)
