"""The cancelling of a request whose thread waits in a read. It sends and reads nothing."""

import socket
from contextlib import suppress
from threading import Event, Lock

from pegboard_sdk import CallCancelled, Effect


class Lifeline:
    """What cancels a request: `cut` ends its connection, whichever thread waits for it."""

    def __init__(self) -> None:
        self.is_cut = Event()
        self._lock = Lock()
        self._socket: socket.socket | None = None

    def hold(self, sock: socket.socket) -> None:
        """The socket that `cut` has to end. Raises CallCancelled when it was cut before."""
        with self._lock:
            self._socket = sock
            self.check()

    def release(self) -> None:
        """The socket is nobody's or somebody else's now."""
        with self._lock:
            self._socket = None

    def cut(self) -> None:
        """End the request now. A read that is under way returns; closing the descriptor would not wake it."""
        with self._lock:
            self.is_cut.set()
            if self._socket is not None:
                with suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def check(self) -> None:
        """Raises CallCancelled when it was cut."""
        if self.is_cut.is_set():
            raise CallCancelled("the request was cancelled", effect=Effect.NONE)
