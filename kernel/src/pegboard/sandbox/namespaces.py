"""Namespaces of one's own, made by a forked process with one thread, and the processes that keep them.

A process namespace needs a first process that is not the plugin (it would reap for all, and be deaf to signals), and
one outside that waits. The same one outside takes away placeholders. Where neither is needed there is neither.
"""

import fcntl
import os
import signal
import socket
import struct
from typing import NoReturn

from pegboard.sandbox import calls, placeholders, privileges
from pegboard.spawner.messages import DEAF
from pegboard_sdk import posix

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def leave(*, mighty: bool, network: bool, processes: bool) -> None:
    """Take new ones; `network` an empty one, `processes` one for the next child. Raises OSError."""
    user, group = os.geteuid(), os.getegid()
    calls.unshare(_flags(mighty=mighty, network=network, processes=processes))
    if not mighty:
        be(user, group)


def fork(*, mighty: bool, network: bool) -> int:
    """`os.fork`, with a child that is the first process of the new ones; unless `mighty` it is nobody until `be`.

    It has to reap whatever ends in there, is deaf to all within, and takes all of it with it. Raises OSError.
    """
    return calls.fork(_flags(mighty=mighty, network=network, processes=True))


def _flags(*, mighty: bool, network: bool, processes: bool) -> int:
    flags = calls.CLONE_NEWIPC | calls.CLONE_NEWUTS | (0 if mighty else calls.CLONE_NEWUSER)
    return flags | (calls.CLONE_NEWNET if network else 0) | (calls.CLONE_NEWPID if processes else 0)


def stay(held: placeholders.Held, *, processes: bool) -> None:
    """Go on in a child; this process waits for it, ends as it ends, and never returns from here. Raises OSError."""
    first = _fork_first() if processes else 0
    child = os.fork()
    if child:
        _keep(child, first, held)
    for descriptor in held.values():
        os.close(descriptor)
    posix.become_subreaper()
    posix.die_with_parent(signal.SIGKILL)


def raise_loopback() -> None:
    """127.0.0.1 of this network namespace works. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(any_socket, _GET_FLAGS, request), 16)
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", flags | _UP))


def be(user: int, group: int) -> None:
    """The same identity in a user namespace of one's own as outside. Raises OSError.

    The files that say so belong to us only while we may be dumped.
    """
    calls.prctl("dumps", calls.PR_SET_DUMPABLE, 1)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)
    calls.prctl("dumps", calls.PR_SET_DUMPABLE, 0)


def _fork_first() -> int:
    """The first process of the namespace: it reaps, sees no files, holds no rights, and dies with us."""
    first = os.fork()
    if first == 0:
        try:
            posix.die_with_parent(signal.SIGKILL)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            os.closerange(0, os.sysconf("SC_OPEN_MAX"))
            os.chroot("/proc/self/fdinfo")
            os.chdir("/")
            privileges.give_up(mighty=True)
            while True:
                signal.pause()
        finally:
            os._exit(1)
    return first


def _keep(child: int, first: int, held: placeholders.Held) -> NoReturn:
    """Wait for the end of `child`; what it was started with is its own."""
    status = 1
    try:
        for number in DEAF:
            signal.signal(number, signal.SIG_IGN)
        first_open = 0
        for lock in (*sorted(held.values()), os.sysconf("SC_OPEN_MAX")):
            os.closerange(first_open, lock)
            first_open = lock + 1
        _, status = os.waitpid(child, 0)
        if first:
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)
        placeholders.release(held)
        if os.WIFSIGNALED(status):
            if os.WTERMSIG(status) in DEAF:
                signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(os.getpid(), os.WTERMSIG(status))
    finally:
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
