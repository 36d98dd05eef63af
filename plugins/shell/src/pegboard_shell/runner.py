"""The process that starts supervisors, one for each command, and kills what a dead one leaves. It is single-threaded
and small, so that a fork is cheap and safe; it reads no order and knows nothing of commands. One supervisor is always
forked ahead, so that a command waits for none.

It is forked from the plugin before the plugin has threads. When the plugin's end of its channel closes, by whatever
death, it kills everything below it and exits.
"""

import gc
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import Final, NoReturn

from pegboard_sdk.posix import become_subreaper
from pegboard_shell.supervisor import supervise
from pegboard_shell.tree import below, children, sweep

CHANNEL: Final = 3
"""The descriptor that a runner keeps."""

DESCRIPTORS: Final = 3
"""That come with each command: control, workspace, target."""

DEAF_TO: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)


def serve(channel: socket.socket) -> NoReturn:
    """Be the runner for the rest of this process's life. `channel` is all that it keeps of its parent."""
    gc.disable()
    gc.freeze()  # finalizers of the parent's objects would close descriptors by number that are ours now
    _keep_only(channel.detach())
    for number in DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    become_subreaper()
    _Runner(socket.socket(fileno=CHANNEL)).run()
    os._exit(0)


def _keep_only(channel: int) -> None:
    """Standard error stays, for last words; nothing else of the parent's is held open. What is open holds back the end
    of another command's channel."""
    if channel != CHANNEL:
        os.dup2(channel, CHANNEL, inheritable=False)
    os.closerange(CHANNEL + 1, os.sysconf("SC_OPEN_MAX"))
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for standard in (0, 1):
        os.dup2(null, standard)
    os.close(null)


class _Runner:
    """The loop: a command came, a supervisor died, the plugin is gone."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._wake, self._bell = _child_bell()
        self._supervisors: set[int] = set()
        self._spare = self._fork_spare()

    def run(self) -> None:
        """Until the plugin is gone; on return nothing below is alive."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        poll.register(self._channel, select.POLLIN)
        while True:
            for ready, _ in poll.poll():
                if ready == self._wake:
                    os.read(self._wake, 1 << 12)
                    if self._reap():
                        sweep(self._orphans, self._reap_within)
                elif not self._take_command():
                    self._supervisors.clear()
                    sweep(self._orphans, self._reap_within)
                    return

    def _take_command(self) -> bool:
        """Give the next command to the spare supervisor; False when there will be none."""
        try:
            descriptors = _receive(self._channel)
        except EOFError:
            return False
        try:
            socket.send_fds(self._spare, [b"C"], descriptors)
        except OSError:  # the spare was killed
            self._replace_spare()
            socket.send_fds(self._spare, [b"C"], descriptors)
        self._replace_spare()
        for each in descriptors:
            os.close(each)
        return True

    def _replace_spare(self) -> None:
        self._spare.close()
        self._spare = self._fork_spare()

    def _fork_spare(self) -> socket.socket:
        """A supervisor that waits for its command; the way to give it one."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            _become_supervisor(theirs.detach())
        theirs.close()
        self._supervisors.add(pid)
        return ours

    def _orphans(self) -> list[int]:
        """What came to us and is no supervisor of ours was left by a dead one; what is below it goes with it."""
        strays = [pid for pid in children(os.getpid()) if pid not in self._supervisors]
        return [pid for stray in strays for pid in (*below(stray), stray)]

    def _reap(self) -> bool:
        """Take the status of the dead. Returns whether one of them may have left something behind."""
        is_suspect = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return is_suspect
            is_suspect |= status != 0 or pid not in self._supervisors
            self._supervisors.discard(pid)

    def _reap_within(self, seconds: float) -> None:
        select.select([self._wake], [], [], seconds)
        self._reap()


def _become_supervisor(line: int) -> NoReturn:
    """Be the spare, and the supervisor of the one command that comes."""
    status = 1
    try:
        _keep_only(line)
        wake, _ = _child_bell()
        os.setsid()
        become_subreaper()
        with suppress(EOFError):
            control, workspace, target = _receive(socket.socket(fileno=CHANNEL))
            supervise(socket.socket(fileno=control), workspace, target, wake)
        status = 0
    finally:
        if status:
            sys.excepthook(*sys.exc_info())  # last words; the plugin sees LOST
        os._exit(status)


def _receive(channel: socket.socket) -> list[int]:
    """The descriptors of the next command. Raises EOFError when there will be none."""
    try:
        word, descriptors, _, _ = socket.recv_fds(channel, 1, DESCRIPTORS)
    except ConnectionError as error:
        raise EOFError from error
    if not word or len(descriptors) != DESCRIPTORS:
        raise EOFError
    for each in descriptors:
        os.set_inheritable(each, False)
    return descriptors


def _child_bell() -> tuple[int, int]:
    """A descriptor that becomes readable when a child dies, and the other end of it."""
    wake, bell = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(bell, False)
    signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return wake, bell


def main() -> NoReturn:
    """The runner in an interpreter of its own; its channel is standard input."""
    serve(socket.socket(fileno=os.dup(0)))
