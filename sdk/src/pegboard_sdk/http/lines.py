"""The clients of one server: lent to one request each, kept for the next. It sends nothing.

Here httpx2 and the vendor's client are imported: late, so that the plugin's greeting need not wait for them, without
trio, and with the garbage collector at rest, which would go through all of it again and again while it only grows.
"""

import _thread
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

from pegboard_sdk.errors import PegboardError
from pegboard_sdk.http.caller import Call
from pegboard_sdk.http.endpoint import Endpoint
from pegboard_sdk.http.refusal import Refused

if TYPE_CHECKING:
    import ssl

    from pegboard_sdk.http.line import Line

MAX_IDLE: Final = 4


class Lines:
    """The lines to one server. `call` makes a client for each, `refused` the error of an answer that is no success."""

    def __init__(self, endpoint: Endpoint, call: Call, refused: Refused) -> None:
        self._endpoint = endpoint
        self._call = call
        self._refused = refused
        self._lock = Lock()
        self._making = Lock()
        self._most = MAX_IDLE
        self._idle: list[Line] = []
        self._trust: ssl.SSLContext | None = None

    def warm_soon(self) -> None:
        """Begin to `warm`, and do not wait for it; what is wrong is told to who takes a line."""
        # Not `Thread`, which waits for its first steps: the greeting is to be answered first.
        _thread.start_new_thread(self._warm_quietly, ())

    def warm(self) -> None:
        """Import what requests need, and have a line ready; who takes one meanwhile gets it. Raises as `take`."""
        with self._making, _sparingly():
            from pegboard_sdk.http.line import rehearse  # noqa: PLC0415 - see above

            line = self._new()
            rehearse(self._endpoint, self._call, self._refused)
            self.give(line)

    def take(self) -> "Line":
        """The line that was used last, else a new one. Raises InvalidParams as `Line` does."""
        if (line := self._kept()) is not None:
            return line
        with self._making, _sparingly():
            return self._kept() or self._new()

    def give(self, line: "Line") -> None:
        """Give a line back; what is left of its connection is found out by the next request."""
        with self._lock:
            if len(self._idle) < self._most:
                self._idle.append(line)
                return
        line.close()

    def close(self) -> None:
        """Close the lines that nobody uses; the others are closed when they are given back."""
        with self._lock:
            self._most = 0
            idle, self._idle = self._idle, []
        for line in idle:
            line.close()

    def _warm_quietly(self) -> None:
        with suppress(PegboardError):
            self.warm()

    def _kept(self) -> "Line | None":
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _new(self) -> "Line":
        from pegboard_sdk.http.line import Line, trust_for  # noqa: PLC0415 - see above

        if self._trust is None:
            self._trust = trust_for(self._endpoint)
        return Line(self._endpoint, self._call, self._refused, self._trust)


@contextmanager
def _sparingly() -> Iterator[None]:
    """httpcore2 imports trio wherever it is installed, for async clients: a fifth of the start, and of no use here."""
    is_hidden, is_collecting = "trio" not in sys.modules, gc.isenabled()
    if is_hidden:
        # Which is how Python is told that a module cannot be imported.
        sys.modules["trio"] = None  # type: ignore[assignment]
    gc.disable()
    try:
        yield
    finally:
        if is_collecting:
            gc.enable()
        if is_hidden:
            sys.modules.pop("trio", None)
