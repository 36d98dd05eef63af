"""From a confinement to what Landlock and the filter of system calls are told, for each tier. It changes nothing."""

import glob
import os
from collections.abc import Sequence
from typing import Final

from pegboard.sandbox import landlock, system
from pegboard.sandbox.confinement import Confinement, Network, Tier
from pegboard.sandbox.seccomp import Room

Rules = list[tuple[str | int, int]]

_WRITABLE: Final = ("/tmp", "/dev/shm")
_LOADERS: Final = ("/lib64/ld-*", "/lib/ld-*", "/lib/*/ld-*")
_HEAD_BYTES: Final = 256


def inside(confinement: Confinement, programs: Sequence[str], handed: Sequence[int]) -> Rules:
    """In a tree that holds only what was granted; `handed` are open descriptors of what is outside it."""
    rules: Rules = [("/", landlock.READ | (landlock.EXECUTE if confinement.execute else 0))]
    rules += [(path, landlock.WRITE) for path in (*confinement.write, *_WRITABLE, confinement.home) if path]
    rules += [(descriptor, landlock.WRITE) for descriptor in handed]
    return rules + _for_all(confinement, programs)


def outside(confinement: Confinement, programs: Sequence[str]) -> Rules:
    """In the system's own tree, where nothing else hides anything."""
    seen = [*system.PROGRAMS, *system.python(), *system.SETTINGS, *system.FACTS, "/etc/passwd", "/etc/group"]
    seen += ["/proc/self", *(system.NAMES_OF_HOSTS if confinement.network is Network.HOST else ())]
    right = landlock.READ | (landlock.EXECUTE if confinement.execute else 0)
    rules: Rules = [(path, right) for path in seen if os.path.exists(path)]
    scratch = (confinement.scratch,) if confinement.scratch else ()
    for root in (*confinement.read, *confinement.write, *confinement.handed, *scratch):
        rules += [(path, right) for path in landlock.around(root, confinement.hidden)]
    shut = [path.rstrip("/") for path in confinement.shut]
    closed = (*confinement.hidden, *shut, *map(os.path.realpath, shut))
    for root in (*confinement.write, *confinement.handed, *scratch):
        rules += [(path, landlock.WRITE) for path in landlock.around(root, closed)]
    return rules + _for_all(confinement, programs)


def ports(confinement: Confinement, port: int) -> tuple[int, ...] | None:
    """Where TCP may connect to, `port` being the proxy's. Programs may talk to each other: their namespace is empty."""
    if confinement.execute or confinement.network is Network.HOST:
        return None
    return (port,) if port else ()


def room(confinement: Confinement, *, version: int, executed: bool, processes: bool) -> Room:
    """`executed`: a program is still to be started, whatever was granted; `processes`: in a namespace of their own."""
    bare, open_network = confinement.tier is Tier.LANDLOCK, confinement.network is Network.HOST
    programs = confinement.execute and not bare
    scoped = version >= landlock.ABI_OF_SCOPES
    return Room(
        streams=programs or confinement.network is not Network.NONE,
        datagrams=programs or open_network,
        unix=programs and not confinement.handed and (scoped or not open_network),
        execute=confinement.execute or executed,
        memory_files=confinement.execute or not executed,
        metadata=not bare and not confinement.handed,
        alone=processes,
        signals=processes or scoped,
    )


def needed_by(program: str) -> tuple[str, ...]:
    """The files that executing `program` executes: itself, its script's interpreter, the system's loaders."""
    found = [os.path.realpath(program)]
    with open(program, "rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(b"#!"):
        interpreter = os.fsdecode(head[2:].split(b"\n")[0].strip().split(b" ")[0])
        return (*found, *needed_by(interpreter))
    for pattern in _LOADERS:
        found += [os.path.realpath(path) for path in glob.glob(pattern)]
    return tuple(dict.fromkeys(found))


def _for_all(confinement: Confinement, programs: Sequence[str]) -> Rules:
    devices: Rules = [(path, landlock.DEVICE) for path in system.devices(confinement)]
    return devices + [(path, landlock.EXECUTE) for path in programs]
