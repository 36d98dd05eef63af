"""A forked process goes into its confinement, before foreign code runs in it. There is no way back, and no half way."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

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


class Foundation(Struct, frozen=True, kw_only=True):
    """What a room rests on: namespaces and identity, and with `tree` the part of the tree that every such room has."""

    version: int
    user: int
    group: int
    processes: bool
    filter: bytes
    tree: bool = False


def fits(laid: Confinement, wanted: Confinement) -> bool:
    """Whether a room for `wanted` can be built on what was laid for another, now."""
    same = replace(wanted, write=laid.write, shut=laid.shut, hidden=laid.hidden) == laid
    return same and tree.are_apart(wanted) and all(map(os.path.lexists, wanted.shut))


def lay(confinement: Confinement, held: placeholders.Held, *, programs: bool) -> Foundation:
    """New namespaces for this process. It may return in a child, as `enter` says. Raises OSError, half done."""
    mighty = privileges.is_mighty()
    # Without Landlock's word on signals, a namespace has to say whom they reach.
    processes = confinement.execute or known_landlock() < landlock.ABI_OF_SCOPES
    bounds.limit(confinement.bounds, own_users=not mighty)
    namespaces.leave(mighty=mighty, network=confinement.network is not Network.HOST, processes=processes)
    if processes or held:
        namespaces.stay(held, processes=processes)
    return _founded(confinement, mighty=mighty, programs=programs, processes=processes)


def _founded(confinement: Confinement, *, mighty: bool, programs: bool, processes: bool) -> Foundation:
    """In the new namespaces: what a room takes from outside, its network, and a tree of its own to be changed."""
    version, (user, group) = known_landlock(), identity(confinement, mighty=mighty)
    if confinement.network is not Network.HOST and (confinement.execute or confinement.network is Network.PROXY):
        namespaces.raise_loopback()
    calls.unshare(calls.CLONE_NEWNS)
    room = walls.room(confinement, version=version, executed=programs, processes=processes)
    return Foundation(version=version, user=user, group=group, processes=processes, filter=_filter(room))


def fork_ahead(likely: Confinement) -> tuple[int, Callable[[], Foundation]]:
    """`os.fork`, and what the child calls for the foundation of a room like this one, before anybody knows what is to
    run in it; that ends the process as `enter`. Raises OSError where there is no child."""
    mighty, own = privileges.is_mighty(), (os.geteuid(), os.getegid())
    child = namespaces.fork(mighty=mighty, network=likely.network is not Network.HOST)
    return child, partial(_lay_ahead, likely, None if mighty else own)


def _lay_ahead(likely: Confinement, own: tuple[int, int] | None) -> Foundation:
    with failing_closed(likely):
        numbers.of(calls.machine())
        if own is not None:
            namespaces.be(*own)
        posix.forbid_dump()  # it is the first process that programs see
        bounds.limit(likely.bounds, own_users=own is not None)
        found = _founded(likely, mighty=own is None, programs=False, processes=True)
        shared = tree.foundation(likely, processes=True, user=found.user, group=found.group)
        mounting.begin(shared, likely.scratch)
        return replace(found, tree=True)


def move_in(found: Foundation, confinement: Confinement, *, passing_fd: int, programs: Sequence[str] = ()) -> None:
    """Into the room on a foundation that fits; there is no way back. Ends the process as `enter`."""
    with failing_closed(confinement):
        port = listener.offer(passing_fd) if confinement.network is Network.PROXY else 0
        handed = [os.open(path, os.O_PATH | os.O_CLOEXEC) for path in confinement.handed]
        if found.tree:
            mounting.add(tree.remainder(confinement))
        else:
            mounting.begin(tree.plan(confinement, processes=found.processes, user=found.user, group=found.group))
        mounting.move_in()
        privileges.give_up(mighty=True, user=found.user, group=found.group)
        posix.die_with_parent(signal.SIGKILL)
        rules = walls.inside(confinement, programs, handed)
        landlock.restrict(rules, ports=walls.ports(confinement, port), version=found.version)
        seccomp.load(found.filter)


def _enter_namespaces(confinement: Confinement, passing_fd: int, programs: Sequence[str]) -> None:
    found = lay(confinement, placeholders.hold(confinement.shut, confinement.write), programs=bool(programs))
    move_in(found, confinement, passing_fd=passing_fd, programs=programs)


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
    seccomp.load(_filter(walls.room(confinement, version=version, executed=bool(programs), processes=False)))


def _filter(room: seccomp.Room) -> bytes:
    return seccomp.program(room, machine=calls.machine(), pid=os.getpid())


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
