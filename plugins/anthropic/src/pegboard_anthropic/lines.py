"""The clients of one server: lent to one request each, kept for the next. It sends nothing.

Here the anthropic package is imported: late, so that the plugin's greeting need not wait for it, and without trio.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

from pegboard_anthropic.endpoint import Endpoint

if TYPE_CHECKING:
    import ssl

    from pegboard_anthropic.line import Line

MAX_IDLE: Final = 4


class Lines:
    """The lines to one server."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._lock = Lock()
        self._making = Lock()
        self._most = MAX_IDLE
        self._idle: list[Line] = []
        self._trust: ssl.SSLContext | None = None

    def warm(self) -> None:
        """Import what requests need, and have a line ready; who takes one meanwhile gets it. Raises as `take`."""
        with self._making, _without_trio():
            from pegboard_anthropic.line import rehearse  # noqa: PLC0415 - see above

            line = self._new()
            rehearse(self._endpoint)
            self.give(line)

    def take(self) -> "Line":
        """The line that was used last, else a new one. Raises InvalidParams as `Line` does."""
        if (line := self._kept()) is not None:
            return line
        with self._making, _without_trio():
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

    def _kept(self) -> "Line | None":
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _new(self) -> "Line":
        from pegboard_anthropic.line import Line, trust_for  # noqa: PLC0415 - see above

        if self._trust is None:
            self._trust = trust_for(self._endpoint)
        return Line(self._endpoint, self._trust)


@contextmanager
def _without_trio() -> Iterator[None]:
    """httpcore2 imports trio wherever it is installed, for async clients: which costs time and is of no use here."""
    if "trio" in sys.modules:
        yield
        return
    # Which is how Python is told that a module cannot be imported.
    sys.modules["trio"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop("trio", None)
