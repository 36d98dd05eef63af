"""Somebody's yes or no to proposals, made durable. What was not accepted waits in quarantine; the old version stays."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from pegboard.cli.supply.installing import Proposal, found_in, propose
from pegboard.found import Origin
from pegboard.supply.lock import Editing, Lock, Pin
from pegboard.supply.store import Store, platform_key
from pegboard_sdk.errors import NotFound


class Settled(Struct, frozen=True):
    """What became of proposals, as ids."""

    accepted: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """Not accepted, and nothing to keep: what stood there before still holds."""


def settle(proposals: Iterable[Proposal], ask: Callable[[Proposal], bool], editing: Editing) -> Settled:
    """Ask for each that changes something, and write the lock after each answer. Raises OSError."""
    accepted, waiting, refused = list[str](), list[str](), list[str]()
    for proposal in proposals:
        lock = editing.lock
        if not proposal.lines or ask(proposal):
            editing.save(_accepted(lock, proposal))
            accepted.append(proposal.plugin)
        elif proposal.old is not None and proposal.pin.origin is Origin.STORE:
            editing.save(replace(lock, quarantine={**lock.quarantine, proposal.plugin: proposal.pin}))
            waiting.append(proposal.plugin)
        else:
            refused.append(proposal.plugin)
    return Settled(tuple(accepted), tuple(waiting), tuple(refused))


def _accepted(lock: Lock, proposal: Proposal) -> Lock:
    pin = replace(proposal.pin, accepted=datetime.now(UTC).isoformat(timespec="seconds"))
    if not proposal.lines and proposal.old is not None:
        pin = replace(pin, accepted=proposal.old.accepted)
    quarantine = {name: one for name, one in lock.quarantine.items() if name != proposal.plugin}
    return replace(lock, plugins={**lock.plugins, proposal.plugin: pin}, quarantine=quarantine)


def waiting_proposal(plugin: str, lock: Lock, store: Store) -> Proposal:
    """The update in quarantine, to be asked about again. Raises NotFound, WheelRefused, TreeRefused."""
    pin = lock.quarantine.get(plugin)
    tree = pin.trees.get(platform_key()) if pin else None
    if pin is None or tree is None:
        raise NotFound(f"no update of `{plugin}` waits for an answer")
    found = found_in(store, plugin, tree)
    return propose(found, lock.plugins.get(plugin), wheels=pin.wheels, source=pin.source)


def forget(plugins: Iterable[str], editing: Editing) -> None:
    """Take plugins out of the lock. Raises NotFound, with nothing changed, when one is not in it."""
    names = set(plugins)
    lock = editing.lock
    if unknown := sorted(names - {*lock.plugins, *lock.quarantine}):
        raise NotFound(f"`{unknown[0]}` is not in the lock; `peg plugin verify` lists what is")
    editing.save(
        replace(
            lock,
            plugins={name: pin for name, pin in lock.plugins.items() if name not in names},
            quarantine={name: pin for name, pin in lock.quarantine.items() if name not in names},
        )
    )


def sweep(store: Store, lock: Lock) -> list[str]:
    """Remove from the store what this lock does not name."""
    pins: list[Pin] = [*lock.plugins.values(), *lock.quarantine.values()]
    wheels = frozenset(sha256 for pin in pins for wheel in pin.wheels.values() for sha256 in wheel.files.values())
    return store.sweep(lock.trees(), wheels)
