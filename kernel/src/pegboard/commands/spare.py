"""The supervisor that waits for the next command: forked while the one before runs, so that a command waits for no
fork. It ends by itself when none follows soon: commands come in a row or not at all."""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress

from pegboard.commands.birth import HERE, NONE, live


class Spare:
    """At most one, a child of the spawner; `pid` is 0 without."""

    def __init__(self) -> None:
        self.pid = 0
        self._line = socket.socket()

    def hand(self, descriptors: Sequence[int]) -> int:
        """Give a command to the one that waits, or to a new one; its process id. Raises OSError when there is none.

        The descriptors stay the caller's. Then `renew`, which nobody waits for.
        """
        try:
            socket.send_fds(self._line, [HERE], descriptors)
        except OSError:  # there was none, or it has ended
            self._renew()
            socket.send_fds(self._line, [HERE], descriptors)
        pid, self.pid = self.pid, 0
        return pid

    def renew(self, last: int) -> None:
        """Have one wait for the command after the one in the file `last`. Where no process can be made, none waits."""
        with suppress(OSError):
            self._renew(last)

    def _renew(self, last: int = NONE) -> None:
        self._line.close()
        self._line, theirs = socket.socketpair()
        parent = os.getpid()
        with theirs:
            self.pid = os.fork()
            if self.pid == 0:
                live(theirs, parent, last)
