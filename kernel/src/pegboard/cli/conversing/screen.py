"""The terminal as it was before a front-end drove it, for when that one dies and leaves it as it stands."""

import os
import sys
import termios
from typing import Any, Final

RESET: Final = "\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[0m\r"
"""Out of the other screen, no mouse, no focus, no marked pastes, cursor shown, no colour."""


class Screen:
    """Remembers the modes of standard input's terminal when it is made."""

    def __init__(self) -> None:
        self._modes: list[Any] | None = termios.tcgetattr(0) if sys.stdin.isatty() else None

    def restore(self) -> None:
        """Give the terminal back as it was. What a terminal that is gone says to it does not matter."""
        if self._modes is None:
            return
        try:
            os.tcsetpgrp(0, os.getpgrp())
            termios.tcsetattr(0, termios.TCSANOW, self._modes)
            os.write(1, RESET.encode())
        except OSError:
            return
        except termios.error:
            return

    def settle(self) -> None:
        """After a front-end that left in order: only what it forgot."""
        if self._modes is not None and termios.tcgetattr(0) != self._modes:
            termios.tcsetattr(0, termios.TCSANOW, self._modes)
