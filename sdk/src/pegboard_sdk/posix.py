"""What Python's `os` lacks: subreapers, death signals, process trees, files replaced whole. It decides nothing.

Kernel, spawner and plugins use it alike, so it imports nothing of ours. `ctypes` is imported only when a function that
needs it is called: it costs more than the rest of a plugin's start.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_CHILD_SUBREAPER: Final = 36

PPID_FIELD: Final = 1
"""Position of the parent's pid in `/proc/PID/stat`, counted after the program's name."""


def become_subreaper() -> bool:
    """Orphaned descendants come to this process from now on. False where the system has no such thing (not Linux)."""
    return _prctl(PR_SET_CHILD_SUBREAPER, 1)


def forbid_dump() -> bool:
    """Nobody of the same user may trace this process or read its memory and environment. False where not Linux.

    Executing another program undoes it.
    """
    return _prctl(PR_SET_DUMPABLE, 0)


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> bool:
    """Get this signal when the thread that forked us ends. False where the system has no such thing (not Linux).

    Bound to the forking *thread*: sound only where that thread lives as long as its process. The caller must check
    that its parent did not die before this call.
    """
    return _prctl(PR_SET_PDEATHSIG, number)


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, parents before children. A snapshot: running processes may fork meanwhile."""
    found: list[int] = []
    pending = list(_children(pid))
    while pending:
        child = pending.pop(0)
        if child not in found:
            found.append(child)
            pending.extend(_children(child))
    return found


def kill_tree(pid: int) -> list[int]:
    """Kill `pid` and all below it; the pids that were signalled.

    Everything is stopped first, until a look finds nobody new: a stopped process cannot fork, and an orphan of a
    stopped parent cannot come up elsewhere. Reaping is left to the parent.
    """
    found: list[int] = []
    fresh = [pid]
    while fresh:
        found.extend(fresh)
        for each in fresh:
            _signal(each, signal.SIGSTOP)
        fresh = [each for each in descendants(pid) if each not in found]
    for each in found:
        _signal(each, signal.SIGKILL)
    return found


def replace_file(folder: int, name: str, data: bytes) -> None:
    """Replace `name` in an open folder by `data`, atomically and durably; its mode stays. Raises OSError."""
    beside = f".{name[:100]}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode & 0o777
    except FileNotFoundError:
        mode = 0o644
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(beside, dir_fd=folder)
        raise


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _children(pid: int) -> Iterator[int]:
    """Through the kernel's own lists; where it keeps none, through everybody's parent."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as lists:
                yield from map(int, lists.read().split())
        except FileNotFoundError:
            if not _has_lists():
                yield from _children_by_scan(pid)
                return
        except OSError:
            continue


def _has_lists() -> bool:
    return os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children")


def _children_by_scan(pid: int) -> Iterator[int]:
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as status:
                fields = status.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[PPID_FIELD]) == pid:
            yield int(name)


def _prctl(option: int, value: int) -> bool:
    """Raises OSError when the system refuses."""
    if sys.platform != "linux":
        return False
    number = _call_of_prctl()(option, value)
    if number:
        raise OSError(number, f"prctl({option}, {value}): {os.strerror(number)}")
    return True


@cache
def _call_of_prctl() -> Callable[[int, int], int]:
    """The C function, returning errno. Found once: the spawner's forks inherit it and load no library."""
    import ctypes  # noqa: PLC0415 - see the module's docstring

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda option, value: ctypes.get_errno() if prctl(option, value, 0, 0, 0) else 0
