"""A front-end on a stage: its real process on a real pseudo-terminal, a session that the test plays, and a screen that
holds what a person would see."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyte

from pegboard_sdk.testing import ScriptedSession, spawned
from pegboard_sdk.wire.methods import Setup

PACKAGE = Path(__file__).parents[2] / "plugins" / "terminal" / "src" / "pegboard_terminal"
DEADLINE_S = 30.0
ON_IT = "import os, sys; os.open(sys.argv[1], os.O_RDWR); os.execv(sys.argv[2], sys.argv[2:])"
ENTER, ESC, CTRL_C, CTRL_D, ALT_ENTER, UP, DOWN = "\r", "\x1b", "\x03", "\x04", "\x1b\r", "\x1b[A", "\x1b[B"
PASTE = "\x1b[200~{}\x1b[201~"
KNOWN = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\[[0-9;]* q|\x1b\](?:2|9|52);[^\x00-\x1f\x7f-\x9f]*\x1b\\|[\r\n\x07\x08]"
)
"""Everything that a front-end may send besides text."""


class Terminal:
    """The other end of the pseudo-terminal: reads all the time, and keeps both the bytes and the screen."""

    def __init__(self, rows: int, columns: int) -> None:
        self.ours, theirs = pty.openpty()
        self.name = os.ttyname(theirs)
        self._theirs = theirs
        self.modes_before: list[Any] = termios.tcgetattr(theirs)
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000, ratio=0.5)
        self._stream = pyte.ByteStream(self.screen)
        self.sent = b""
        self._lock = threading.Lock()
        self._over = False
        self.set_size(rows, columns)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def set_size(self, rows: int, columns: int) -> None:
        with self._lock:
            self.screen.resize(rows, columns)
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self._theirs)

    def set_modes(self, modes: list[Any]) -> None:
        termios.tcsetattr(self._theirs, termios.TCSANOW, modes)

    def scribble(self, text: str) -> None:
        """What another program writes there."""
        os.write(self._theirs, text.encode())

    def _read(self) -> None:
        while not self._over:
            if select.select([self.ours], [], [], 0.05)[0]:
                try:
                    data = os.read(self.ours, 1 << 16)
                except OSError:
                    return
                with self._lock:
                    self.sent += data
                    # pyte knows neither synchronized output nor the stack of titles nor the shapes of cursors.
                    self._stream.feed(re.sub(rb"\x1b\[\?2026[hl]|\x1b\[2[23];2t|\x1b\[\d* q", b"", data))

    def lines(self) -> list[str]:
        """The screen, without blanks at the ends of its lines."""
        with self._lock:
            return [line.rstrip() for line in self.screen.display]

    def everything(self) -> list[str]:
        """The scrollback and the screen."""
        with self._lock:
            columns = self.screen.columns
            past = ["".join(row[x].data for x in range(columns)).rstrip() for row in self.screen.history.top]
            return past + [line.rstrip() for line in self.screen.display]

    def close(self) -> None:
        """As a window that is closed; a second time does nothing."""
        if self._over:
            return
        self._over = True
        self._reader.join()
        os.close(self.ours)
        os.close(self._theirs)


class Stage:
    """`type` keys, `see` text, and play the session."""

    def __init__(self, terminal: Terminal, session: ScriptedSession, process: Any) -> None:
        self.terminal = terminal
        self.session = session
        self.process = process

    def type(self, keys: str) -> None:
        os.write(self.terminal.ours, keys.encode())

    def resize(self, rows: int, columns: int) -> None:
        self.terminal.set_size(rows, columns)
        os.kill(self.process.pid, signal.SIGWINCH)

    def until(self, is_there: Callable[[], bool], what: str = "") -> None:
        """Wait for something on the screen."""
        end = time.monotonic() + DEADLINE_S
        while not is_there():
            if time.monotonic() > end:
                raise AssertionError(f"never: {what}\n" + "\n".join(self.terminal.everything()))
            time.sleep(0.02)

    def see(self, wanted: str) -> str:
        """Wait until the screen shows text that matches; the screen."""
        self.until(lambda: re.search(wanted, "\n".join(self.terminal.lines())) is not None, wanted)
        return "\n".join(self.terminal.lines())

    def gone(self, unwanted: str) -> None:
        """Wait until it does not any more."""
        self.until(lambda: re.search(unwanted, "\n".join(self.terminal.lines())) is None, f"no {unwanted}")

    def screen(self) -> str:
        return "\n".join(self.terminal.lines()).rstrip("\n") + "\n"


@contextmanager
def staged(
    rows: int = 24,
    columns: int = 80,
    *,
    settings: dict[str, object] | None = None,
    data_dir: str = "",
    first: str = "",
    **environment: str,
) -> Iterator[Stage]:
    """The front-end, begun, with its input drawn."""
    terminal = Terminal(rows, columns)
    env = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "HOME": "/home/ada", **environment}
    host = [sys.executable, "-P", "-m", "pegboard_sdk.host", "pegboard_terminal:plugin", str(PACKAGE)]
    argv = [sys.executable, "-P", "-c", ON_IT, terminal.name, *host]
    setup = Setup(
        instance="terminal",
        workspace="/home/ada/shop",
        data_dir=data_dir,
        settings={"notify": False, **(settings or {})},
    )
    try:
        with spawned(argv, setup, environment=env) as board:
            session = ScriptedSession(board, "terminal", first=first)
            stage = Stage(terminal, session, board.process)
            yield stage
    finally:
        terminal.close()
