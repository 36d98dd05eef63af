"""Finds and ends the processes below this one. What makes that whole is that this process is a child subreaper:
whatever leaves its parent, its session or its group stays below."""

import os
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final

from pegboard_sdk import posix

SWEEP_S: Final = 2.0


def below(excluded: Collection[int]) -> list[int]:
    """All living processes below this one but the excluded, parents before their children."""
    return [pid for pid in posix.descendants(os.getpid()) if pid not in excluded and _is_living(pid)]


def _is_living(pid: int) -> bool:
    """Whether it has not ended; what ended and was not reaped yet has."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split(None, 1)[0] not in (b"Z", b"X")
    except FileNotFoundError:
        return not os.path.exists("/proc/self/stat")
    except OSError:
        return False


def signal_each(pids: Collection[int], number: signal.Signals) -> None:
    """Send the signal to those that are still there and that we may signal."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def ask_to_end(pids: Collection[int]) -> None:
    """TERM, and CONT so that a stopped process gets to see it."""
    signal_each(pids, signal.SIGTERM)
    signal_each(pids, signal.SIGCONT)


def sweep(find: Callable[[], list[int]], is_over: Callable[[float], bool]) -> list[int]:
    """Kill all that `find` finds, again and again until `is_over` says that nothing is left; it may wait so long.

    Returns the processes that would not die in two seconds: of another user, or stuck in the system.
    """
    end = time.monotonic() + SWEEP_S
    while not is_over(0.0):
        found = find()
        if time.monotonic() > end:
            return found
        signal_each(_held_still(find, found), signal.SIGKILL)
        is_over(0.01)
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
