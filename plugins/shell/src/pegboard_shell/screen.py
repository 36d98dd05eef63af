"""Turns the bytes of a command into text that reads well: decoded, without terminal control. It loses no words."""

import codecs
import re
from typing import Final

ESCAPE: Final = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    rb"|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # OSC and other strings: titles, links
    rb"|[ -/]+[0-~]|[0-OQ-WYZ\\`-~])"  # character sets, and single commands
)
OPEN_ENDED: Final = (b"]", b"P", b"X", b"^", b"_")
CONTROLS: Final = bytes(code for code in [*range(32), 127] if code not in b"\t\n\r\x1b")
MAX_HELD: Final = 1 << 14
MAX_ESCAPE: Final = 256


class Screen:
    """A stream of bytes becomes a stream of text, whatever the borders of the pieces.

    The last, unfinished line is held back so that a progress bar, which writes it again and again after a carriage
    return, becomes the one line that a person would be left with.
    """

    def __init__(self) -> None:
        self._held = b""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> str:
        """The text of all lines that `data` completes."""
        whole, newline, self._held = (self._held + data).rpartition(b"\n")
        if b"\r" in self._held:
            self._held = _last_state(self._held)
        if len(self._held) > MAX_HELD:
            cut = _before_escape(self._held)
            whole, newline, self._held = whole + newline + self._held[:cut], b"", self._held[cut:]
        return self._decoder.decode(_plain(whole + newline))

    def flush(self, *, final: bool = False) -> str:
        """The text of the unfinished line too, for when nothing has come for a while, or nothing will."""
        cut = len(self._held) if final else _before_escape(self._held)
        shown, self._held = self._held[:cut], self._held[cut:]
        return self._decoder.decode(_plain(shown), final)


def _before_escape(data: bytes) -> int:
    """Where something begins that the next bytes may complete (an escape sequence, a line's end); else the end."""
    if data.endswith(b"\r"):
        return len(data) - 1
    start = data.rfind(b"\x1b", max(0, len(data) - MAX_ESCAPE))
    found = ESCAPE.match(data, start) if start >= 0 else None
    if start < 0 or (found is not None and (found.end() < len(data) or not _is_open(found[0]))):
        return len(data)
    return start


def _is_open(sequence: bytes) -> bool:
    return sequence[1:2] in OPEN_ENDED and not sequence.endswith((b"\x07", b"\x1b\\"))


def _last_state(line: bytes) -> bytes:
    """What an unfinished line shows after its carriage returns; a last one may still be half of a line's end."""
    body, end = (line[:-1], b"\r") if line.endswith(b"\r") else (line, b"")
    return body.rpartition(b"\r")[2] + end


def _plain(data: bytes) -> bytes:
    if b"\x1b" in data:
        data = ESCAPE.sub(b"", data)
    if b"\r" in data:
        data = b"\n".join(_overwritten(line) for line in data.split(b"\n"))
    return data.translate(None, CONTROLS + b"\x1b")


def _overwritten(line: bytes) -> bytes:
    """The last thing written over a line: `10%\\r20%\\r` leaves `20%`."""
    return line.rstrip(b"\r").rpartition(b"\r")[2]
