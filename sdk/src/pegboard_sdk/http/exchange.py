"""A request and its answer, carried by a thread of its own, so that whoever waits for it can leave at any moment.

Looking a name up, connecting and shaking hands cannot be interrupted, nor can an import; they can be left behind.
"""

from contextlib import closing
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final

from pegboard_sdk.errors import Upstream
from pegboard_sdk.http.lifeline import Lifeline
from pegboard_sdk.http.lines import Lines
from pegboard_sdk.http.sending import Sending

if TYPE_CHECKING:
    from pegboard_sdk.http.line import Line

MAX_DOCUMENT_BYTES: Final = 16 << 20
SETTLE_S: Final = 0.05
"""How long the end of an answer may come after its last content; a connection that takes longer is not kept."""


class Exchange:
    """An answer on its way. Close it. Raises CallCancelled when `life` was cut before anything was sent."""

    def __init__(self, lines: Lines, sending: Sending, life: Lifeline) -> None:
        self._lines = lines
        self._sending = sending
        self._life = life
        self._pieces: SimpleQueue[bytes | BaseException] = SimpleQueue()
        self._lock = Lock()
        self._line: Line | None = None
        self.is_whole = False
        """Set by the reader once all that it needs was read."""
        life.hold(self._leave)
        self._thread = Thread(target=self._carry, name="exchange", daemon=True)
        self._thread.start()

    def read(self) -> bytes:
        """The next bytes of the answer, empty at its end. Raises what `Line.carry` and `Lines.take` do."""
        if self.is_whole:
            return b""
        piece = self._pieces.get()
        self._life.check()
        if isinstance(piece, BaseException):
            raise piece
        self.is_whole = not piece
        return piece

    def rest(self, limit: int) -> bytes:
        """What is left of the answer, up to about `limit` bytes."""
        pieces: list[bytes] = []
        while limit > 0 and (data := self.read()):
            pieces.append(data)
            limit -= len(data)
        return b"".join(pieces)

    def close(self) -> None:
        """Let the answer come to its end where all of it was wanted, else cut the connection."""
        self._life.release()
        if self.is_whole:
            self._thread.join(SETTLE_S)
        self._cut()

    def _leave(self) -> None:
        self._cut()
        self._pieces.put(b"")

    def _cut(self) -> None:
        with self._lock:
            if self._line is not None:
                self._line.cut()

    def _carry(self) -> None:
        """Carry the request; the line is free again before the end is told, so that the next request finds it."""
        end: bytes | BaseException = b""
        try:
            self._line = self._lines.take()
            self._line.carry(self._sending, self._life, self._pieces.put)
        except BaseException as fault:  # noqa: BLE001 - handed to the thread that waits, which raises it
            end = fault
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            self._lines.give(line)
        self._pieces.put(end)


def fetched(lines: Lines, sending: Sending, life: Lifeline, most: int = MAX_DOCUMENT_BYTES) -> bytes:
    """The whole of an answer that is no model's, such as a list of models.

    Raises as `Exchange.read`, and Upstream for one of more than `most` bytes: half of it is not what was asked for.
    """
    with closing(Exchange(lines, sending, life)) as exchange:
        data = exchange.rest(most + 1)
    if len(data) > most:
        raise Upstream(f"{sending.path}: more than the {most >> 20} MiB that are read of such an answer")
    return data
