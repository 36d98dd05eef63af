"""The children of this process: who they are, and how to end them with all that is below them."""

import os
from collections.abc import Collection
from contextlib import suppress

from pegboard_sdk import posix


def children() -> list[int]:
    """The children of this process, zombies included; empty where there is no /proc."""
    own = os.getpid()
    try:
        lists = [f"/proc/{own}/task/{thread}/children" for thread in os.listdir(f"/proc/{own}/task")]
        return [int(child) for path in lists for child in _read(path).split()]
    except OSError:
        return [pid for pid in posix.descendants(own) if _parent(pid) == own]


def kill_strangers(known: Collection[int]) -> None:
    """End every child that is not in `known`, with its tree: it outlived the process that it belonged to."""
    for pid in children():
        if pid not in known:
            posix.kill_tree(pid)


def end_children(known: Collection[int] = ()) -> None:
    """End and reap all processes below this one, stopped ones too. `known` is for where there is no /proc."""
    while True:
        for pid in children() or known:
            posix.kill_tree(pid)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(_read(f"/proc/{pid}/stat").rpartition(")")[2].split()[1])
    return 0


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
