"""The terminal as it was before a front-end drove it, for when that one dies, or this program does."""

import json
import os
import signal
import subprocess
import sys
import termios
from types import TracebackType
from typing import Any, Self

from pegboard.cli.conversing import guard


def suspend() -> None:
    """Stop this program and the front-end in its process group, as Ctrl+Z does. Returns when they are continued; at
    once where no shell could do that."""
    os.killpg(0, signal.SIGTSTP)


class Screen:
    """Remembers the modes of standard input's terminal when it is made. While it is entered, a process stands by that
    gives the terminal back when this one is killed; `spawner` is the process whose children may draw."""

    def __init__(self, spawner: int) -> None:
        self._spawner = spawner
        self._modes: list[Any] | None = termios.tcgetattr(0) if sys.stdin.isatty() else None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if self._modes is not None:
            *flags, keys = self._modes
            modes = json.dumps([*flags, [key if isinstance(key, int) else key[0] for key in keys]])
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, modes, str(os.getpgrp()), str(self._spawner)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={},  # no key of the user's
                process_group=0,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()

    @property
    def is_gone(self) -> bool:
        """Whether there was a terminal, and somebody closed it."""
        try:
            return self._modes is not None and not termios.tcgetattr(0)
        except termios.error:
            return True

    def restore(self) -> None:
        """Give the terminal back as it was. What a terminal that is gone says to it does not matter."""
        if self._modes is None:
            return
        try:
            os.tcsetpgrp(0, os.getpgrp())
            termios.tcsetattr(0, termios.TCSANOW, self._modes)
            os.write(1, f"{guard.RESET}\r{guard.REST}".encode())
        except OSError:
            return
        except termios.error:
            return

    def settle(self) -> None:
        """After a front-end that left in order: only what it forgot."""
        if self.is_gone:
            return
        if self._modes is not None and termios.tcgetattr(0) != self._modes:
            termios.tcsetattr(0, termios.TCSANOW, self._modes)
