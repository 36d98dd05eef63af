"""What a confined process sees of the file system, as a list of mounts: planned here, made by `mounting` or bubblewrap.

Planning looks at the machine (what exists, what is a link) and changes nothing.
"""

import os
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard.sandbox import system
from pegboard.sandbox.confinement import Confinement, Network

MOST_OF_SCRATCH: Final = 1 << 30
"""Bytes in a /tmp that is gone with its process."""


class Kind(Enum):
    """What stands at a place."""

    READ = "read"
    WRITE = "write"
    DEVICE = "device"
    LINK = "link"
    """A symbolic link to `source`."""
    TEXT = "text"
    """A file that holds `source`."""
    MEMORY = "memory"
    PROCESSES = "processes"
    """/proc of one's own process namespace."""
    PIN = "pin"
    """The same place over itself, so that it cannot be renamed or replaced."""
    SHUT = "shut"
    """The same place over itself, read-only; a link stays a link."""
    HIDDEN = "hidden"


class Mount(Struct, frozen=True):
    """`source` outside at `target` inside."""

    kind: Kind
    target: str
    source: str = ""


def plan(confinement: Confinement, *, processes: bool, user: int, group: int) -> list[Mount]:
    """In the order in which they are to be made. `processes` says that there will be a process namespace.

    Raises OSError when the whole file system was granted.
    """
    base = foundation(confinement, processes=processes, user=user, group=group)
    return [*_ordered((*base, *_granted(confinement))), *_closed(confinement)]


def foundation(confinement: Confinement, *, processes: bool, user: int, group: int) -> list[Mount]:
    """Of the plan what does not depend on what may be written, and holds for as long as the system stays as it is."""
    user, group = (os.geteuid(), os.getegid()) if user < 0 else (user, group)
    if "/" in (*confinement.read, *confinement.write):
        raise OSError(0, "the whole file system cannot be granted: name what is needed of it")
    scratch = Mount(Kind.WRITE, "/tmp", confinement.scratch) if confinement.scratch else Mount(Kind.MEMORY, "/tmp")
    base = [*_system(confinement, user, group), *_devices(confinement), scratch, Mount(Kind.MEMORY, "/dev/shm")]
    if confinement.home and confinement.scratch:
        base.append(Mount(Kind.WRITE, confinement.home, f"{confinement.scratch}/home"))
    if processes:
        base.append(Mount(Kind.PROCESSES, "/proc"))
    secrets = system.SECRETS if processes and user == 0 else ()
    base += [Mount(Kind.HIDDEN, path) for path in secrets if os.path.lexists(path)]
    return _ordered((*base, *(Mount(Kind.READ, path.rstrip("/"), path) for path in confinement.read)))


def remainder(confinement: Confinement) -> list[Mount]:
    """What the plan has beyond its foundation, where `are_apart` holds."""
    return [*_ordered(_granted(confinement)), *_closed(confinement)]


def are_apart(confinement: Confinement) -> bool:
    """Whether nothing of the foundation stands where something may be written, or below: then its order does not
    matter."""
    below = (*confinement.read, *system.PROGRAMS, *system.python(), confinement.home, "/etc", "/dev", "/proc", "/tmp")
    return not any(system.is_below(path, confinement.write) for path in below if path)


def _granted(confinement: Confinement) -> list[Mount]:
    return [Mount(Kind.WRITE, path.rstrip("/"), path) for path in confinement.write]


def _closed(confinement: Confinement) -> list[Mount]:
    hidden = [Mount(Kind.HIDDEN, path) for path in confinement.hidden if os.path.lexists(path)]
    return [*_shut(confinement), *hidden]


def _ordered(mounts: Iterable[Mount]) -> list[Mount]:
    """What lies above comes first; of two at one place the later counts."""
    return sorted({mount.target: mount for mount in mounts}.values(), key=lambda mount: mount.target.count("/"))


def _system(confinement: Confinement, user: int, group: int) -> list[Mount]:
    mounts = []
    for path in (*system.PROGRAMS, *system.python()):
        if os.path.islink(path):
            mounts.append(Mount(Kind.LINK, path, os.readlink(path)))
        elif os.path.isdir(path):
            mounts.append(Mount(Kind.READ, path, path))
    settings: tuple[str, ...] = system.SETTINGS
    if confinement.network is Network.HOST:
        settings += system.NAMES_OF_HOSTS
    else:
        mounts.append(Mount(Kind.TEXT, "/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"))
    for path in settings:
        if os.path.exists(path):
            real = os.path.realpath(path) if os.path.islink(path) else path
            is_link = real != path and system.is_below(real, system.PROGRAMS)
            mounts.append(Mount(Kind.LINK if is_link else Kind.READ, path, real))
    mounts.append(Mount(Kind.TEXT, "/etc/passwd", f"user:x:{user}:{group}::/tmp:/bin/sh\n"))
    mounts.append(Mount(Kind.TEXT, "/etc/group", f"user:x:{group}:\n"))
    return mounts


def _devices(confinement: Confinement) -> list[Mount]:
    mounts = [Mount(Kind.DEVICE, path, path) for path in system.devices(confinement)]
    links = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}
    return [*mounts, *(Mount(Kind.LINK, f"/dev/{name}", f"/proc/self/fd{end}") for name, end in links.items())]


def _shut(confinement: Confinement) -> list[Mount]:
    """With every folder between what is shut and what is granted: renaming one would make room for another."""
    mounts: dict[str, Mount] = {}
    for path in (path.rstrip("/") for path in confinement.shut):
        for above in map(str, Path(path).parents):
            if system.is_below(os.path.dirname(above), confinement.write) and os.path.lexists(above):
                mounts.setdefault(above, Mount(Kind.PIN, above, above))
        for place in (path, os.path.realpath(path)):
            if system.is_below(place, confinement.write) and os.path.lexists(place):
                mounts[place] = Mount(Kind.SHUT, place, place)
    return sorted(mounts.values(), key=lambda mount: mount.target.count("/"))
