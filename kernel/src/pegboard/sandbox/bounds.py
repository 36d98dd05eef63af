"""Limits of memory, processes, files and time: a cgroup of one's own where that was delegated to us, else rlimits."""

import os
import resource
from contextlib import suppress
from pathlib import Path
from typing import Final

from pegboard.sandbox.confinement import Bounds

CGROUPS: Final = Path("/sys/fs/cgroup")
_OURS: Final = "pegboard-"


def limit(bounds: Bounds, *, own_users: bool, groups: Path = CGROUPS, own: str = "/proc/self/cgroup") -> None:
    """Bind this process and what it starts. `own_users`: a user namespace counts our processes alone. Raises OSError.

    Call it while the system's /proc and cgroups can be seen.
    """
    in_group = _join(bounds, groups, own) if bounds.memory_bytes or bounds.processes else False
    _set(resource.RLIMIT_CORE, 0)
    if bounds.file_bytes:
        _set(resource.RLIMIT_FSIZE, bounds.file_bytes)
    if bounds.cpu_s:
        _set(resource.RLIMIT_CPU, bounds.cpu_s)
    if bounds.memory_bytes and not in_group:
        # Not the address space: runtimes reserve far more of that than they use.
        _set(resource.RLIMIT_DATA, bounds.memory_bytes)
    if bounds.processes and not in_group:
        _set(resource.RLIMIT_NPROC, bounds.processes + (0 if own_users else _running()))


def _set(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def _running() -> int:
    """How many threads this user has: without a namespace they all count."""
    user, count = os.geteuid(), 0
    for process in os.scandir("/proc"):
        with suppress(OSError):
            if process.name.isdigit() and process.stat().st_uid == user:
                count += len(os.listdir(f"/proc/{process.name}/task"))
    return count


def _join(bounds: Bounds, groups: Path, own: str) -> bool:
    """Into a leaf beside our own group, if it was delegated with both controllers; False where it was not."""
    try:
        path = next(line[3:] for line in Path(own).read_text().splitlines() if line.startswith("0::"))
        parent = (groups / path.lstrip("/")).parent
        enabled = (parent / "cgroup.subtree_control").read_text().split()
        if not {"memory", "pids"} <= set(enabled):
            return False
        _sweep(parent)
        leaf = parent / f"{_OURS}{os.getpid()}"
        leaf.mkdir()
        (leaf / "memory.max").write_text(str(bounds.memory_bytes or "max"))
        (leaf / "pids.max").write_text(str(bounds.processes or "max"))
        (leaf / "cgroup.procs").write_text(str(os.getpid()))
    except (OSError, StopIteration):
        return False
    return True


def _sweep(parent: Path) -> None:
    """An empty group of an earlier process goes; one that is in use refuses to."""
    for leaf in parent.glob(f"{_OURS}*"):
        with suppress(OSError):
            leaf.rmdir()
