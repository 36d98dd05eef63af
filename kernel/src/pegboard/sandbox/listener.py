"""The proxy's way into an empty network: a listening socket, made inside, on which somebody outside accepts."""

import os
import socket
from typing import Final

MARK: Final = b"P"
NAMES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
"""Variables by which programs find a proxy, in either case; the last excepts hosts, of which there are none inside."""


def offer(passing_fd: int) -> int:
    """Send one out over this socket, and name it in the environment; its port. Raises OSError.

    A socket stays in the namespace in which it was made, whoever holds it.
    """
    with socket.socket(fileno=os.dup(passing_fd)) as passing, socket.create_server(("127.0.0.1", 0)) as inside:
        socket.send_fds(passing, [MARK], [inside.fileno()])
        port: int = inside.getsockname()[1]
    for name in NAMES:
        os.environ[name] = os.environ[name.lower()] = "" if name == "NO_PROXY" else f"http://127.0.0.1:{port}"
    return port
