"""A forked process goes into its confinement, before foreign code runs in it. There is no way back, and no half way."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from pegboard.sandbox import (
    bounds,
    calls,
    landlock,
    listener,
    mounting,
    namespaces,
    numbers,
    placeholders,
    privileges,
    seccomp,
    tree,
    walls,
)
from pegboard.sandbox.confinement import Confinement, Network, Tier
from pegboard_sdk import posix

REFUSED: Final = 127


def enter(confinement: Confinement, *, passing_fd: int, programs: Sequence[str] = ()) -> None:
    """Confine this process, which has one thread, and all that it starts. `programs` may be executed in any case.

    With `Network.PROXY` a listening socket goes out over `passing_fd`, and the environment names it. It may return in a
    child: the process that was called then waits for it. A failure is one sentence on standard error and status 127.
    """
    with failing_closed(confinement):
        numbers.of(calls.machine())  # while they can be read
        match confinement.tier:
            case Tier.NONE:
                return
            case Tier.FORKED:
                _enter_namespaces(confinement, passing_fd, programs)
            case Tier.LANDLOCK:
                _enter_landlock(confinement, programs)
            case _:
                raise OSError(0, "only the command that starts a program can make it")


@contextmanager
def failing_closed(confinement: Confinement) -> Iterator[None]:
    """Whatever goes wrong in it ends the process."""
    try:
        yield
    except BaseException as error:  # noqa: BLE001 - whatever it was, nothing may go on
        why = error.strerror if isinstance(error, OSError) and error.strerror else repr(error)
        where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
        sentence = f"cannot start: the confinement {confinement.tier.value} could not be made: {why}{where}"
        os.write(2, f"{sentence}; `peg doctor` says what this machine lacks\n".encode())
        os._exit(REFUSED)


def _enter_namespaces(confinement: Confinement, passing_fd: int, programs: Sequence[str]) -> None:
    mighty, version = privileges.is_mighty(), known_landlock()
    user, group = identity(confinement, mighty=mighty)
    held = placeholders.hold(confinement.shut, confinement.write)
    # Without Landlock's word on signals, a namespace has to say whom they reach.
    processes = confinement.execute or version < landlock.ABI_OF_SCOPES
    alone = confinement.network is not Network.HOST
    bounds.limit(confinement.bounds, own_users=not mighty)
    namespaces.leave(mighty=mighty, network=alone, processes=processes)
    if processes or held:
        namespaces.stay(held, processes=processes)
    if alone and (confinement.execute or confinement.network is Network.PROXY):
        namespaces.raise_loopback()
    port = listener.offer(passing_fd) if confinement.network is Network.PROXY else 0
    mounts = tree.plan(confinement, processes=processes, user=user, group=group)
    handed = [os.open(path, os.O_PATH | os.O_CLOEXEC) for path in confinement.handed]
    calls.unshare(calls.CLONE_NEWNS)
    mounting.move_in(mounts)
    privileges.give_up(mighty=True, user=user, group=group)
    posix.die_with_parent(signal.SIGKILL)
    rules = walls.inside(confinement, programs, handed)
    landlock.restrict(rules, ports=walls.ports(confinement, port), version=version)
    _filter(walls.room(confinement, version=version, executed=bool(programs), processes=processes))


def _enter_landlock(confinement: Confinement, programs: Sequence[str]) -> None:
    version, is_root = known_landlock(), os.geteuid() == 0
    user, group = identity(confinement, mighty=is_root)
    if is_root and user <= 0:
        raise OSError(0, "root needs a tree of its own or another identity: Landlock does not cover modes and owners")
    if confinement.network is Network.PROXY:
        raise OSError(0, "the proxy needs a network namespace: Landlock knows ports and no hosts")
    if confinement.execute and version < landlock.ABI_OF_SCOPES:
        raise OSError(0, "programs need Linux 6.12, whose Landlock says whom signals reach")
    bounds.limit(confinement.bounds, own_users=False)
    privileges.give_up(mighty=is_root, user=user, group=group)
    posix.die_with_parent(signal.SIGKILL)
    landlock.restrict(walls.outside(confinement, programs), ports=None, version=version)
    if confinement.scratch:
        os.environ["TMPDIR"] = confinement.scratch
    _filter(walls.room(confinement, version=version, executed=bool(programs), processes=False))


def _filter(room: seccomp.Room) -> None:
    seccomp.load(seccomp.program(room, machine=calls.machine(), pid=os.getpid()))


def known_landlock() -> int:
    """Its version. Raises OSError where there is none: every tier has it."""
    version = landlock.abi()
    if not version:
        raise OSError(0, "this Linux has no Landlock")
    return version


def identity(confinement: Confinement, *, mighty: bool) -> tuple[int, int]:
    """Whose identity to take; -1 for one's own. Raises OSError for one that cannot be had."""
    if confinement.user < 0 or (confinement.user == os.geteuid() and confinement.user != 0):
        return -1, -1
    if not mighty:
        raise OSError(0, f"only root can become user {confinement.user}")
    return confinement.user, confinement.group
