"""Whether another process of this user's may speak for the person: none that is confined, or that runs below us."""

import os


def is_kept_in(pid: int) -> bool:
    """Whether it has walls that this process has not, or was started below it. Raises OSError when it is gone."""
    own, theirs = _status(os.getpid()), _status(pid)
    if any(int(theirs.get(wall, "0")) > int(own.get(wall, "0")) for wall in ("NoNewPrivs", "Seccomp_filters")):
        return True
    while pid > 1 and pid != os.getpid():
        pid = int(_status(pid)["PPid"])
    return pid == os.getpid()


def _status(pid: int) -> dict[str, str]:
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
