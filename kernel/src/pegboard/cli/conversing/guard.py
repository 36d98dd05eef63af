"""Sits beside a program that drives the terminal, and gives the terminal back when that one is killed.

It is executed by its path: arguments are the terminal's modes, the program's process group and its spawner; standard
input ends with the program. Who ends in order kills it before. It imports nothing but the standard library.
"""

import json
import os
import select
import signal
import sys
import termios
from typing import Any, Final

RESET: Final = (
    "\x1b[?2026l\x1b[?1047l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?1l\x1b>\x1b[?7h"
    "\x1b[?25h\x1b[0 q\x1b[0m\x1b[23;2t"
)
"""Frames shown, out of the other screen, no mouse, no focus, no marked pastes, plain cursor keys, lines wrapped, cursor
shown in its own shape, no colour, the title of before. 1047 rather than 1049, which moves the cursor where that screen
was never entered."""
REST: Final = "\x1b[J"
"""Takes away what was drawn below the cursor."""
LAST_WRITES_S: Final = 2.0
DEAF: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGTSTP, signal.SIGTTIN,
               signal.SIGTTOU)  # fmt: skip
_LOCAL: Final = 3
_KEYS: Final = 6


def is_taken(modes: list[Any], fore: int, group: int) -> bool:
    """Whether a shell has the terminal already: its group is before it, and Ctrl-C interrupts, as with no program of
    ours that edits. Then its modes are right."""
    return fore != group and bool(modes[_LOCAL] & termios.ISIG) and modes[_KEYS][termios.VINTR] != b"\x00"


def main(modes: str, group: str, spawner: str) -> int:
    """Wait for the end of the program, and then of what its spawner started, which may be drawing still."""
    for number in DEAF:
        signal.signal(number, signal.SIG_IGN)
    drawing = _watch(int(spawner))
    while os.read(0, 1):
        pass
    if drawing is not None:
        select.select([drawing], [], [], LAST_WRITES_S)
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        fore = os.tcgetpgrp(terminal)
        if not is_taken(termios.tcgetattr(terminal), fore, int(group)):
            termios.tcsetattr(terminal, termios.TCSANOW, json.loads(modes))
        os.write(terminal, (RESET + REST + ("\r\n" if fore == int(group) else "")).encode())
    except (OSError, termios.error):
        return 1  # the terminal is gone too
    return 0


def _watch(pid: int) -> int | None:
    """What is readable once the process is gone; None where systems cannot tell."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
