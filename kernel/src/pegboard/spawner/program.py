"""The spawner: starts processes, reports their ends, leaves none behind. It has one thread and no plugin's data.

The kernel executes it as its first child. It sits in the kernel's terminal session but in a process group of its own,
deaf to the keyboard. As a child subreaper it inherits whatever a dead plugin leaves behind, and kills it. When the
kernel's end of the channel closes, for whatever reason, it kills all that is below it and exits.
"""

import gc
import os
import select
import signal
import socket
import sys
from importlib.machinery import PathFinder
from typing import Final

from pegboard.commands.pool import Pool
from pegboard.spawner import birth, tree
from pegboard.spawner.messages import (
    DEAF,
    MOST_DESCRIPTORS,
    Ended,
    Inbox,
    Refused,
    Signal,
    Start,
    Started,
    Supervise,
    framed,
)
from pegboard_sdk import posix

CHANNEL_FD: Final = 3
READ_BYTES: Final = 1 << 16


def main(channel: int, prefix: str, path: list[str], serve: birth.Serve) -> int:
    """Serve the kernel at the other end of `channel` until it closes. `path` is what was added to `sys.path`."""
    for number in DEAF:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.dup2(channel, CHANNEL_FD, inheritable=False)
    os.closerange(CHANNEL_FD + 1, os.sysconf("SC_OPEN_MAX"))
    posix.become_subreaper()
    posix.forbid_dump()
    # A stopped spawner could not see its kernel die; this wakes it up.
    posix.die_with_parent(signal.SIGCONT)
    sys.prefix = sys.exec_prefix = prefix
    # Lists every folder of the path once, so that no plugin has to for its first import.
    PathFinder.find_spec("no_such_module")
    birth.prepare()
    gc.collect()
    gc.freeze()
    return Spawner(socket.socket(fileno=CHANNEL_FD), sys.path[: len(sys.path) - len(path)], serve).run()


class Spawner:
    """The loop over two descriptors: the kernel's channel, and a pipe that SIGCHLD writes to."""

    def __init__(self, channel: socket.socket, library: list[str], serve: birth.Serve) -> None:
        self._channel = channel
        self._library = library
        self._serve = serve
        self._own: dict[int, int] = {}
        """Process id to the kernel's number for it, for every child that was started and not reaped."""
        self._inbox = Inbox()
        self._poll = select.poll()
        self._supervisors = Pool(self._poll)

    def run(self) -> int:
        """Returns in the spawner when the kernel is gone, and in each forked plugin when that one has ended."""
        woken, wake = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._poll.register(woken, select.POLLIN)
        self._poll.register(self._channel, select.POLLIN)
        while True:
            for descriptor, _ in sorted(self._poll.poll(), reverse=True):  # the channel's is the lowest: it comes last
                if descriptor == woken:
                    os.read(woken, READ_BYTES)
                    self._reap()
                elif descriptor != self._channel.fileno():
                    self._end(self._supervisors.hear(descriptor), 0)
                elif not self._listen():
                    tree.end_children(self._own)
                    return 0

    def _listen(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(
                self._channel, READ_BYTES, MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
            )
        except ConnectionError:
            return False
        for message, carried in self._inbox.feed(data, descriptors):
            if isinstance(message, Signal):
                self._signal(message)
            elif isinstance(message, Start | Supervise):
                self._start(message, carried)
        return bool(data)

    def _start(self, message: Start | Supervise, descriptors: list[int]) -> None:
        parent = os.getpid()
        try:
            pid = os.fork() if isinstance(message, Start) else self._supervisors.hand(descriptors)
        except OSError as error:
            self._say(Refused(message.id, f"no process could be made: {error.strerror}"))
        else:
            if pid == 0:
                self._channel.detach()
                sys.exit(birth.live(descriptors, self._library, parent, self._serve))
            self._own[pid] = message.id
            self._say(Started(message.id, pid))
        for descriptor in descriptors:
            os.close(descriptor)

    def _signal(self, message: Signal) -> None:
        """Only to children that were not reaped: their ids cannot have passed to others."""
        for pid, number in self._own.items():
            if number == message.id:
                # Until the child has made its own group, it is in ours.
                send = os.killpg if os.getpgid(pid) == pid else os.kill
                send(pid, message.number)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                break
            self._supervisors.forget(pid)
            self._end(pid, os.waitstatus_to_exitcode(status))
            tree.kill_strangers((*self._own, *self._supervisors.waiting()))

    def _end(self, pid: int, status: int) -> None:
        """Of what was started as this process; a supervisor that waits for the next command lives on."""
        number = self._own.pop(pid, None)
        if number is not None:
            self._say(Ended(number, status))

    def _say(self, message: Started | Refused | Ended) -> None:
        try:
            self._channel.sendall(framed(message))
        except ConnectionError:
            return  # the next read sees the end
