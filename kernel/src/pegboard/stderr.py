"""What a plugin says on its standard error: a bounded memory of it, and the lines that may be passed on.

It reads no descriptor. A flood costs a plugin its own lines and nobody else anything.
"""

import re
from typing import Final

KEPT_BYTES: Final = 1 << 16
LINE_BYTES: Final = 1 << 12
BURST_BYTES: Final = 1 << 16
BYTES_PER_SECOND: Final = 1 << 16
LAST_LINES: Final = 6
LAST_CHARACTERS: Final = 600

INFO: Final = 6
_LEVEL: Final = re.compile(r"<([0-7])>")
_UNSHOWABLE: Final = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
"""Control sequences, titles, and control characters but tab and newline."""


class StderrTail:
    """One plugin's standard error."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._line = bytearray()
        self._budget = float(BURST_BYTES)
        self._filled_at = 0.0
        self._dropped = 0

    def feed(self, data: bytes, now: float) -> list[tuple[int, str]]:
        """Take bytes in; the lines that may be passed on, each with its syslog level. `now` is in seconds."""
        self._kept += data
        if len(self._kept) > KEPT_BYTES:
            del self._kept[:-KEPT_BYTES]
        self._budget = min(BURST_BYTES, self._budget + max(0.0, now - self._filled_at) * BYTES_PER_SECOND)
        self._filled_at = now
        self._line += data
        *lines, rest = self._line.split(b"\n")
        self._line = rest[-LINE_BYTES:]
        passed = [_leveled(shown(bytes(line[:LINE_BYTES]))) for line in lines if line and self._may_pass(len(line))]
        if passed and self._dropped:
            passed.append((INFO, f"… {self._dropped} bytes of standard error were dropped"))
            self._dropped = 0
        return passed

    def last_words(self) -> str:
        """The last lines, for an error message; empty when there were none."""
        lines = [line for line in shown(bytes(self._kept)).splitlines() if line.strip()]
        return "\n".join(lines[-LAST_LINES:])[-LAST_CHARACTERS:]

    def _may_pass(self, size: int) -> bool:
        if self._budget < size:
            self._dropped += size
            return False
        self._budget -= size
        return True


def shown(text: bytes) -> str:
    """Text without what a terminal would obey."""
    return _UNSHOWABLE.sub("", text.decode("utf-8", "replace").replace("\r\n", "\n"))


def _leveled(line: str) -> tuple[int, str]:
    found = _LEVEL.match(line)
    return (int(found[1]), line[found.end() :]) if found else (INFO, line)
