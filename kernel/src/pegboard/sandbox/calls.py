"""System calls that Python's `os` lacks. It decides nothing; every failure is an OSError that names the call.

It imports nothing of ours but what a bare interpreter has: the prologue of an executed plugin uses it, too.
"""

import ctypes
import os
import signal
from collections.abc import Callable
from functools import cache

PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_SECUREBITS = 4, 22, 24, 28
PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000

OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
Argument = int | bytes | None | ctypes.Array[ctypes.c_char]
PIVOT_ROOT, CAPSET = {"x86_64": 155, "aarch64": 41}, {"x86_64": 126, "aarch64": 91}
CLONE = {"x86_64": 56, "aarch64": 220}
"""The others have one number on every machine; capget is the one before capset."""


def machine() -> str:
    """The processor's name, as the tables of system calls know it."""
    return os.uname().machine


def call(what: str, number: int, *arguments: Argument) -> int:
    """Make the system call `number`; `what` says for people what was tried. Raises OSError."""
    return _checked(what, "syscall", number, *arguments)


def unshare(flags: int) -> None:
    """Leave the namespaces of the parent. Raises OSError."""
    _checked("new namespaces", "unshare", flags)


def fork(flags: int) -> int:
    """`os.fork`, with the child in namespaces of its own. Raises OSError, in the parent alone.

    What the C library does at a fork is left out: it is for processes with threads.
    """
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = -1
    try:
        pid = call("a process in new namespaces", CLONE[machine()], flags | signal.SIGCHLD, 0, 0, 0, 0)
    finally:
        (ctypes.pythonapi.PyOS_AfterFork_Parent if pid else ctypes.pythonapi.PyOS_AfterFork_Child)()
    return pid


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """Mount a file system. Raises OSError."""
    words = [os.fsencode(word) or None for word in (source, target, kind)]
    _checked(f"mounting {kind or 'again'} on {target}", "mount", *words, flags, os.fsencode(data) or None)


def detach(target: str) -> None:
    """Unmount a tree once nobody uses it any more. Raises OSError."""
    _checked(f"unmounting {target}", "umount2", os.fsencode(target), 2)


def prctl(what: str, option: int, second: int | bytes = 0, third: int | bytes = 0) -> None:
    """Change something about this process. Raises OSError."""
    _checked(what, "prctl", option, second, third, 0, 0)


def _checked(what: str, name: str, *arguments: Argument) -> int:
    result = function(name)(*[ctypes.c_long(one) if isinstance(one, int) else one for one in arguments])
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


@cache
def function(name: str) -> Callable[..., int]:
    """A function of the C library, returning -1 and setting errno. Found once: the spawner's forks inherit it."""
    found: Callable[..., int] = getattr(ctypes.PyDLL(None, use_errno=True), name)
    found.restype = ctypes.c_long if name == "syscall" else ctypes.c_int  # type: ignore[attr-defined]
    return found
