"""The terminal itself: found while the standard descriptors are the wire, raw from the first moment, left as it was."""

import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self

from pegboard_sdk.errors import NotReady

PATH: Final = "/dev/tty"
_INPUT, _OUTPUT, _CONTROL, _LOCAL = range(4)
LEAVE: Final = "\x1b[?2026l\x1b[?2004l\x1b[0 q\x1b[?25h\x1b[0m"
"""What ends everything that drawing may have begun."""
MARKED_PASTES: Final = "\x1b[?2004h"


class Tty:
    """The controlling terminal, open for reading and writing; modes are put back when it is left.

    Raises NotReady where the process has none.
    """

    def __init__(self) -> None:
        # On macOS nothing can wait for /dev/tty by that name, but for the device behind it.
        path = os.ttyname(2) if sys.platform == "darwin" and os.isatty(2) else PATH
        try:
            self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            raise NotReady(f"the terminal `{path}` cannot be opened: {error.strerror}") from None
        self._before: list[Any] = termios.tcgetattr(self.fd)
        self._is_lent = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self._before)
        finally:
            os.close(self.fd)

    def make_raw(self) -> None:
        """Keys come as they are typed, none is echoed; what was typed and not read yet stays."""
        now = termios.tcgetattr(self.fd)
        now[_LOCAL] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        now[_INPUT] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        termios.tcsetattr(self.fd, termios.TCSANOW, now)

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Inside, the terminal is as it was before we came; then as it is now."""
        now = termios.tcgetattr(self.fd)
        self.write(LEAVE)
        termios.tcsetattr(self.fd, termios.TCSADRAIN, self._before)
        self._is_lent = True
        try:
            yield
        finally:
            self._is_lent = False
            termios.tcsetattr(self.fd, termios.TCSADRAIN, now)
            self.write(MARKED_PASTES)

    def retake(self) -> bool:
        """Have the terminal as before, where a shell had it meanwhile; False where it has it still, or it is lent."""
        if self._is_lent or os.tcgetpgrp(self.fd) != os.getpgrp():
            return False
        self.make_raw()
        self.write(MARKED_PASTES)
        return True

    def write(self, text: str) -> None:
        """All of it, now."""
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(self.fd, data) :]

    def size(self) -> tuple[int, int]:
        """Rows and columns; 24 and 80 for a terminal that does not tell."""
        found = os.get_terminal_size(self.fd)
        return found.lines or 24, found.columns or 80
