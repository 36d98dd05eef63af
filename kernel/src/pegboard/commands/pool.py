"""The supervisors below the spawner: one that has ended its command waits for the next, with a runner that lies in wait
for it. One that waits in vain ends by itself: commands come in a row or not at all."""

import os
import select
import socket
from collections.abc import Sequence
from typing import Final

from pegboard.commands.birth import FREE, HERE, live

MOST_WAITING: Final = 4


class Pool:
    """They are children of this process. `poll` is told of the line to each, which `hear` understands."""

    def __init__(self, poll: select.poll) -> None:
        self._poll = poll
        self._lines: dict[int, tuple[int, socket.socket]] = {}
        """Process id and line, by the line's descriptor."""
        self._waiting: list[int] = []

    def waiting(self) -> list[int]:
        """The process ids of those that have no command."""
        return [self._lines[line][0] for line in self._waiting]

    def hand(self, descriptors: Sequence[int]) -> int:
        """Give a command to one that waits, or to a new one; its process id. Raises OSError when there is none.

        The descriptors stay the caller's.
        """
        while self._waiting:
            pid, line = self._lines[self._waiting.pop()]
            try:
                socket.send_fds(line, [HERE], descriptors)
            except OSError:
                self.forget(pid)
            else:
                return pid
        pid, line = self._new()
        socket.send_fds(line, [HERE], descriptors)
        return pid

    def hear(self, descriptor: int) -> int:
        """Hear one whose line could be read: its process id when it waits again, else 0."""
        pid, line = self._lines.get(descriptor, (0, None))
        if line is None:
            return 0  # forgotten since
        try:
            word = line.recv(1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0  # it was another's
        except ConnectionError:
            word = b""
        if word != FREE:
            self.forget(pid)
            return 0
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(descriptor)
        else:
            line.shutdown(socket.SHUT_WR)
        return pid

    def forget(self, pid: int) -> None:
        """It has ended, if it is one of them at all."""
        for descriptor, (other, line) in list(self._lines.items()):
            if other == pid:
                self._poll.unregister(line)
                del self._lines[descriptor]
                self._waiting = [each for each in self._waiting if each != descriptor]
                line.close()

    def _new(self) -> tuple[int, socket.socket]:
        line, theirs = socket.socketpair()
        parent = os.getpid()
        with theirs:
            pid = os.fork()
            if pid == 0:
                live(theirs, parent)
        self._lines[line.fileno()] = pid, line
        self._poll.register(line, select.POLLIN)
        return pid, line
