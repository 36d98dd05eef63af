"""Plugins brought to a test's board: in this process over real bytes, or as a process of their own."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

from pegboard_sdk.host import PASSING_FD, serve_on
from pegboard_sdk.plugin import Plugin
from pegboard_sdk.testing.board import PATIENCE_SECONDS, Board
from pegboard_sdk.wire.methods import Setup

BASE_ENVIRONMENT: Final = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")


@contextmanager
def connected(plugin: Plugin, setup: Setup | None = None) -> Iterator[Board]:
    """The plugin in a thread of this process, greeted. At the end its channel is closed and the thread joined."""
    to_plugin, to_board = os.pipe(), os.pipe()
    ours, theirs = socket.socketpair()
    channel = to_plugin[0], to_board[1]
    # A handler that does not end must not take the test run with it.
    options = {"passing_fd": theirs.detach(), "abandon": lambda status: None}
    thread = threading.Thread(target=serve_on, args=(plugin, channel), kwargs=options, daemon=True)
    thread.start()
    board = Board(to_board[0], to_plugin[1], ours)
    try:
        board.greet(setup)
        yield board
    finally:
        board.close()
        thread.join(PATIENCE_SECONDS)


class Spawned(Board):
    """A plugin's process as a test sees it."""

    def __init__(self, process: "subprocess.Popen[bytes]", passing: socket.socket, errors: IO[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        super().__init__(os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno()), passing)
        process.stdout.close()
        process.stdin.close()
        self.process = process
        self._errors = errors

    def stderr(self) -> str:
        """What the process wrote on standard error so far."""
        return os.pread(self._errors.fileno(), 1 << 20, 0).decode("utf-8", "replace")

    def wait(self) -> int:
        """Close the channel and wait for the process; its exit status."""
        self.close()
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def spawned(
    plugin: Path | str | Sequence[str],
    setup: Setup | None = None,
    *,
    environment: dict[str, str] | None = None,
    is_greeted: bool = True,
) -> Iterator[Spawned]:
    """The plugin as a process: an argv, or a file or folder of Python source that declares `plugin`.

    A folder is one with `__init__.py` or `plugin.py`. At the end the channel is closed, and a process that does not end
    by itself is killed.
    """
    argv, search = (_argv_of(Path(plugin))) if isinstance(plugin, Path | str) else (list(plugin), "")
    ours, theirs = socket.socketpair()
    passed = {name: os.environ[name] for name in BASE_ENVIRONMENT if name in os.environ}
    path = os.pathsep.join(part for part in (search, *sys.path) if part)
    own = {"PEGBOARD_PLUGIN": "1", PASSING_FD: str(theirs.fileno()), "PYTHONPATH": path}
    with TemporaryFile() as errors, theirs:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**passed, **own, **(environment or {})},
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        board = Spawned(process, ours, errors)
        try:
            if is_greeted:
                board.greet(setup)
            yield board
        finally:
            board.close()
            try:
                process.wait(PATIENCE_SECONDS)
            finally:
                process.kill()
                process.wait()


def _argv_of(source: Path) -> tuple[list[str], str]:
    """How to serve the plugin that lies there, and what must be searched for its module."""
    if source.is_dir() and (source / "plugin.py").exists():
        source = source / "plugin.py"
    folder = source if source.is_dir() else source.parent
    host = [sys.executable, "-P", "-m", "pegboard_sdk.host"]
    return [*host, f"{source.stem}:plugin", str(folder)], str(source.parent)
