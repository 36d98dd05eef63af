"""Where a confined process meets the proxy: it sends the socket on which it listens inside, and we accept on it."""

import socket
from collections.abc import Callable
from typing import Final

import trio

from pegboard.proxy.hosts import Hosts, Refusal
from pegboard.proxy.serve import serve

MARK: Final = b"P"


async def open_door(passing: socket.socket, allowed: Hosts, told: Callable[[Refusal], None]) -> None:
    """Serve the process at the other end of `passing`, which stays the caller's, until cancelled or that end closes."""
    listener = await _listener(passing)
    if listener is not None:
        await serve(trio.SocketListener(trio.socket.from_stdlib_socket(listener)), allowed, told)


async def open_own_door(passing: socket.socket, allowed: Hosts, told: Callable[[Refusal], None]) -> None:
    """The same with a socket that is closed here."""
    with passing:
        await open_door(passing, allowed, told)


async def _listener(passing: socket.socket) -> socket.socket | None:
    """What comes first over the socket; None when it is not what was agreed, or nothing comes any more."""
    passing.setblocking(False)  # noqa: FBT003 - positional-only
    while True:
        await trio.lowlevel.wait_readable(passing)
        try:
            word, descriptors, _, _ = socket.recv_fds(passing, 1, 1, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            continue
        except OSError:
            return None
        received = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        if word == MARK and len(received) == 1:
            return received[0]
        for one in received:
            one.close()
        return None
