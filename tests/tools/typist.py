"""Someone at a terminal: the program on a pseudo-terminal of its own, keys in, and what the screen was sent."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

DEADLINE_S = 45.0
ON_ITS_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
CTRL_C, CTRL_D = "\x03", "\x04"


class Typist:
    """`type` keys, `see` text. The terminal's modes before the start are in `before`."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: dict[str, str],
        columns: int = 80,
        program: Sequence[str] = (sys.executable, "-m", "pegboard"),
    ) -> None:
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.before: list[Any] = termios.tcgetattr(self._theirs)
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_ITS_TERMINAL, *program, *argv],
            cwd=cwd,
            env=env,
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
        )
        self._text = ""
        self._read = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def type(self, keys: str) -> None:
        """Press keys; a line ends with \\r."""
        os.write(self._ours, keys.encode())

    def see(self, wanted: str) -> str:
        """Wait for text that matches, after what was seen before; everything up to its end."""
        until = time.monotonic() + DEADLINE_S
        while not (found := re.compile(wanted).search(self._text, self._read)):
            if time.monotonic() > until:
                raise AssertionError(f"no {wanted!r} in {self._text[self._read :]!r}")
            if select.select([self._ours], [], [], 0.1)[0]:
                self._text += os.read(self._ours, 1 << 16).decode("utf-8", "replace")
        seen = self._text[self._read : found.end()]
        self._read = found.end()
        return seen

    def ask(self, line: str, wanted: str) -> str:
        """Type a line at the prompt and wait for what it leads to."""
        self.type(line + "\r")
        return self.see(wanted)

    def end(self) -> int:
        """Wait for the end of the program; its exit status."""
        return self.process.wait(DEADLINE_S)

    def modes(self) -> list[Any]:
        """The terminal's modes now."""
        return termios.tcgetattr(self._theirs)
