"""Starts the runner and hands it commands. Forks only while this process has a single thread; later a new runner gets
an interpreter of its own."""

import os
import socket
import sys
import threading
from contextlib import closing, suppress
from typing import Final

from pegboard_shell.command import Control
from pegboard_shell.order import Order
from pegboard_shell.runner import serve

START: Final = "import sys; sys.path[:] = sys.argv[1:]; from pegboard_shell.runner import main; main()"


class RunnerLost(Exception):
    """Nothing could be started: the runner is gone, and so is the one that took its place."""


class Launcher:
    """The way to the runner. Commands may be launched from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runner = 0
        self._channel = self._start()

    def launch(self, order: Order, *, workspace: int, target: int) -> Control:
        """Start a command in the folder `workspace`, with its output going to `target`. Both stay the caller's.

        Raises RunnerLost.
        """
        ours, theirs = socket.socketpair()
        with closing(theirs):
            self._hand_over([theirs.fileno(), workspace, target])
        control = Control(ours)
        control.order(order)
        return control

    def _hand_over(self, descriptors: list[int]) -> None:
        with self._lock:
            for _ in range(2):
                try:
                    socket.send_fds(self._channel, [b"C"], descriptors)
                except OSError:
                    self._channel.close()
                    self._channel = self._start()
                else:
                    return
        raise RunnerLost

    def _start(self) -> socket.socket:
        self._forget()
        ours, theirs = socket.socketpair()
        with closing(theirs):
            self._runner = _fork(ours, theirs) if _is_single_threaded() else _spawn(theirs)
        return ours

    def _forget(self) -> None:
        """Take the status of a runner that is dead."""
        if self._runner:
            with suppress(ChildProcessError):
                os.waitpid(self._runner, os.WNOHANG)
            self._runner = 0

    def close(self) -> None:
        """End the runner and every command that runs; returns when all are dead."""
        with self._lock:
            self._channel.close()
            if self._runner:
                os.waitpid(self._runner, 0)
                self._runner = 0


def _is_single_threaded() -> bool:
    """Whether a fork is safe: counted by the system, since not every thread is known to `threading`."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except FileNotFoundError:
        return False


def _fork(ours: socket.socket, theirs: socket.socket) -> int:
    pid = os.fork()
    if not pid:
        ours.close()
        serve(theirs)
    return pid


def _spawn(channel: socket.socket) -> int:
    """A runner in an interpreter of its own, that finds our modules and nothing of its environment."""
    argv = [sys.executable, "-I", "-S", "-B", "-c", START, *filter(None, sys.path)]
    null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        actions = [(os.POSIX_SPAWN_DUP2, channel.fileno(), 0), (os.POSIX_SPAWN_DUP2, null, 1)]
        return os.posix_spawn(argv[0], argv, {}, file_actions=actions)
    finally:
        os.close(null)
