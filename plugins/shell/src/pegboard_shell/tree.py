"""Finds and ends the processes below this one. What makes that whole is that this process is a child subreaper:
whatever leaves its parent, its session or its group stays below."""

import os
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final

SWEEP_S: Final = 2.0


def below(pid: int) -> list[int]:
    """All living processes below `pid`, parents before their children."""
    parents = _parents()
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def children(pid: int) -> list[int]:
    """The living direct children of `pid`."""
    return [child for child, parent in _parents().items() if parent == pid]


def _parents() -> dict[int, int]:
    """Every living process with its parent; what died and was not reaped yet is left out."""
    found = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):
            state, parent = _status_of(name)
            if state not in (b"Z", b"X"):
                found[int(name)] = int(parent)
    return found


def _status_of(name: str) -> list[bytes]:
    file = os.open(f"/proc/{name}/stat", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, 4096).rpartition(b")")[2].split(None, 2)[:2]
    finally:
        os.close(file)


def signal_each(pids: Collection[int], number: signal.Signals) -> None:
    """Send the signal to those that are still there and that we may signal."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def ask_to_end(pids: Collection[int]) -> None:
    """TERM, and CONT so that a stopped process gets to see it."""
    signal_each(pids, signal.SIGTERM)
    signal_each(pids, signal.SIGCONT)


def sweep(find: Callable[[], list[int]], reap: Callable[[float], None]) -> list[int]:
    """Kill all that `find` finds, again and again until it finds nothing. `reap` waits up to so many seconds for a
    death and takes the status.

    Returns the processes that would not die in two seconds: of another user, or stuck in the system.
    """
    end = time.monotonic() + SWEEP_S
    while found := find():
        if time.monotonic() > end:
            return found
        signal_each(_held_still(find, found), signal.SIGKILL)
        reap(0.01)
    return []


def _held_still(find: Callable[[], list[int]], found: list[int]) -> list[int]:
    """Stop everything first, so that nothing forks away from under the kill."""
    seen: set[int] = set()
    for _ in range(100):
        fresh = [pid for pid in found if pid not in seen]
        if not fresh:
            break
        signal_each(fresh, signal.SIGSTOP)
        seen.update(fresh)
        found = find()
    return list(seen)
