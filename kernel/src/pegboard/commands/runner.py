"""The process that starts the programs of one command, inside the room that was decided for it. It decides nothing:
when to begin and when to stop it is told by its supervisor, which stays outside and out of the programs' reach.

It is single-threaded and holds no descriptor but the workspace, the output and the line to its supervisor.
"""

import os
import socket
import sys
from collections.abc import Callable
from typing import Final

import msgspec

from pegboard.commands.command import Command, Over, follows, pipelines_of
from pegboard.commands.pipeline import Place, Running, start_pipeline
from pegboard.sandbox.enter import Foundation, enter, move_in
from pegboard_sdk import posix

READY: Final = b"R"
GO: Final = b"G"
GO_BEHIND: Final = b"B"
"""Go, in the background: the command is over when nothing below is left."""


def begin(
    command: Command, *, line: socket.socket, workspace: int, output: int, passing: int, laid: Foundation | None
) -> None:
    """Enter the room, say so, run the command when told, and wait until nothing of it is left.

    `laid` is what the room is built on, where that was made ahead. `passing` goes to whoever makes the room, and is
    closed then. Raises OSError when the room cannot be had.
    """
    os.dup2(output, 2)  # what goes wrong from here on is read as the command's output
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    environment = command.environment
    if command.room is not None:
        before = dict(os.environ)
        if laid is None:
            enter(command.room, passing_fd=passing)
        else:
            move_in(laid, command.room, passing_fd=passing)
        environment = environment | {name: new for name, new in os.environ.items() if before.get(name) != new}
        workspace = _same_folder(command.root, workspace)
    os.close(passing)
    posix.become_subreaper()
    line.sendall(READY)
    word = line.recv(1)
    if word:
        place = Place(workspace=workspace, output=output, null=null, environment=environment)
        _Runner(command, place, line).run(is_behind=word == GO_BEHIND)


def _same_folder(path: str, held: int) -> int:
    """The folder as the room has it, so that nobody walks out of the room through a descriptor from outside; closes
    the one from outside. Raises OSError when it is another folder."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    if not os.path.samestat(os.fstat(folder), os.fstat(held)):
        raise OSError(f"{path} is not the workspace that was judged any more")
    os.close(held)
    return folder


class _Runner:
    def __init__(self, command: Command, place: Place, line: socket.socket) -> None:
        self._command = command
        self._place = place
        self._line = line
        self._running: list[Running] = []
        self._is_childless = True

    def run(self, *, is_behind: bool) -> None:
        self._run_plan()
        if is_behind or self._is_stopped():
            self._wait(lambda: False)
        while self._reap(os.WNOHANG):
            pass
        ends = tuple(running.ended() for running in self._running)
        try:
            self._line.sendall(msgspec.msgpack.encode(Over(ends=ends, childless=self._is_childless)))
            self._line.shutdown(socket.SHUT_WR)
        except OSError:
            sys.exit(1)  # the supervisor is dead
        self._wait(lambda: False)

    def _run_plan(self) -> None:
        status = 0
        for pipeline in pipelines_of(self._command.plan):
            if self._is_stopped():
                return
            if not follows(pipeline.when, status):
                continue
            started = start_pipeline(pipeline, self._place)
            self._is_childless = False
            self._running += started
            self._wait(lambda: all(each.status is not None for each in self._running))
            status = started[-1].status or 0

    def _is_stopped(self) -> bool:
        """Whether the supervisor hung up, or said any further word."""
        try:
            self._line.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        except BlockingIOError:
            return False
        return True

    def _wait(self, is_over: Callable[[], bool]) -> None:
        """Until `is_over`, or nothing is left below."""
        while not self._is_childless and not is_over():
            self._reap(0)

    def _reap(self, options: int) -> bool:
        """Take the status of a child that died, an adopted one too. Returns whether there was one."""
        try:
            pid, status = os.waitpid(-1, options)
        except ChildProcessError:
            self._is_childless = True
            return False
        for running in self._running:
            if pid and running.pid == pid and running.status is None:
                running.status = os.waitstatus_to_exitcode(status)
        return pid > 0
