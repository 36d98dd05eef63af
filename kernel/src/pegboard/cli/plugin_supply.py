"""`peg plugin install, update, remove, lock, verify, bundle`: what is asked and printed. What holds is in `supply`."""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pegboard.cli.completing import complete_plugins
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.installed import places_here, registry_of
from pegboard.cli.settings import load_config
from pegboard.cli.show import safe
from pegboard.found import Found
from pegboard.places import Places
from pegboard.registry import Registry
from pegboard.supply.admitting import store_of
from pegboard.supply.failure import NotAccepted
from pegboard.supply.lock import Authority, Editing, Locked, editing, lock_in_force
from pegboard.supply.store import platform_key
from pegboard_sdk.errors import NotFound, PegboardError

if TYPE_CHECKING:
    from pegboard.cli.supply.installing import Installing, Proposal

ACCEPT = click.option("--accept", is_flag=True, help="Accept what is shown without being asked.")
OFFLINE = click.option("--offline", is_flag=True, help="Ask no package index.")


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@ACCEPT
@OFFLINE
@click.option("--build", "builds", is_flag=True, help="Build a project folder; this runs its code.")
@reported
def install(specs: tuple[str, ...], accept: bool, offline: bool, builds: bool) -> None:
    """Install plugins.

    SPEC is a wheel, a folder of wheels, a bundle, a project folder with --build, or a name on a package index. Nothing
    of it runs before you have seen and accepted what it is.
    """
    _settle(specs, accept=accept, index=not offline, builds=builds, anew=False)


@click.command()
@click.argument("specs", nargs=-1, metavar="[NAME|SPEC]...", shell_complete=complete_plugins)
@ACCEPT
@OFFLINE
@click.option("--build", "builds", is_flag=True, help="Build a project folder; this runs its code.")
@reported
def update(specs: tuple[str, ...], accept: bool, offline: bool, builds: bool) -> None:
    """Update plugins, after showing what changes.

    Without arguments: all that came from an index. Until the new version is accepted, the old one is used.
    """
    _settle(specs or _from_index(), accept=accept, index=not offline, builds=builds, anew=True)


def _from_index() -> tuple[str, ...]:
    lock = lock_in_force(places_here()).lock
    found = tuple(name for name, pin in lock.plugins.items() if pin.source in pin.wheels)
    if not found:
        raise NotFound("no plugin came from a package index; say what to update, and from where")
    return found


def _settle(specs: Sequence[str], *, accept: bool, index: bool, builds: bool, anew: bool) -> None:
    from pegboard.cli.supply.accepting import settle, sweep  # noqa: PLC0415 - only here something is installed
    from pegboard.cli.supply.installing import Installing  # noqa: PLC0415

    places = places_here()
    store = store_of(places)
    with editing(places) as held, tempfile.TemporaryDirectory(prefix="pegboard-") as folder:
        _forbid_managed(lock_in_force(places), specs)
        try:
            installing = Installing(store, held.lock, Path(folder), index=index, builds=builds)
            found = [one for spec in specs for one in _proposals(spec, installing, held, places, anew=anew)]
            settled = settle(found, lambda proposal: _asked(proposal, accept=accept), held)
        finally:
            sweep(store, held.lock)
    for name in settled.accepted:
        click.echo(f"{name} {held.lock.plugins[name].version} is installed")
    for name in settled.waiting:
        click.echo(f"{name}: the update waits; `peg plugin update {name}` shows it again", err=True)
    if settled.waiting or settled.refused:
        raise NotAccepted(f"not accepted: {', '.join((*settled.waiting, *settled.refused))}; --accept accepts unasked")


def _proposals(
    spec: str, installing: "Installing", held: Editing, places: Places, *, anew: bool
) -> "Iterator[Proposal]":
    """An id of the lock means what waits for an answer, or else where the plugin came from."""
    from pegboard.cli.supply.accepting import waiting_proposal  # noqa: PLC0415

    if anew and spec in held.lock.quarantine:
        yield waiting_proposal(spec, held.lock, store_of(places))
        return
    pin = held.lock.plugins.get(spec) if anew else None
    yield from installing.propose(pin.source if pin else spec, anew=anew)


def _forbid_managed(locked: Locked, specs: Sequence[str]) -> None:
    if locked.authority is Authority.MANAGED and any(not Path(spec).exists() for spec in specs):
        click.echo(f"peg: only what {locked.file} lists will start", err=True)


def _asked(proposal: "Proposal", *, accept: bool) -> bool:
    click.echo("")
    for line in proposal.lines:
        click.echo(safe(line))
    if accept:
        return True
    if not sys.stdin.isatty():
        return False
    what = "Install" if proposal.old is None else "Update to"
    return click.confirm(f"{what} {proposal.plugin} {proposal.pin.version}?", default=False)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_plugins)
@reported
def remove(names: tuple[str, ...]) -> None:
    """Remove plugins, and forget what was accepted of them."""
    from pegboard.cli.supply.accepting import forget, sweep  # noqa: PLC0415

    places = places_here()
    with editing(places) as held:
        forget(names, held)
        sweep(store_of(places), held.lock)
    for name in names:
        click.echo(f"{name} is removed from the lock")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_plugins)
@click.option("--platform", "platforms", multiple=True, metavar="TAG", help="Record the wheels of this platform too.")
@ACCEPT
@reported
def lock(names: tuple[str, ...], platforms: tuple[str, ...], accept: bool) -> None:
    """Pin installed plugins as they are now.

    Covers those of the program's own environment, whose files are checked before each start from then on. With
    --platform (such as macosx_11_0_arm64) the hashes of another platform's wheels are recorded for those of the store.
    """
    from pegboard.cli.supply.accepting import settle  # noqa: PLC0415
    from pegboard.cli.supply.pinning import pin_installed, with_platform  # noqa: PLC0415

    places = places_here()
    with editing(places) as held:
        if platforms:
            for platform in platforms:
                held.save(with_platform(held.lock, platform, names))
            click.echo(f"the wheels of {', '.join(platforms)} are recorded")
            return
        found = _installed(_registry(places), names)
        settled = settle(
            [pin_installed(one, held.lock) for one in found], lambda proposal: _asked(proposal, accept=accept), held
        )
    for name in settled.accepted:
        click.echo(f"{name} is locked")
    if settled.waiting or settled.refused:
        raise NotAccepted(f"not accepted: {', '.join((*settled.waiting, *settled.refused))}; --accept accepts unasked")


def _registry(places: Places) -> Registry:
    return registry_of(places, load_config(places, os.environ))


def _installed(registry: Registry, names: Sequence[str]) -> list[Found]:
    from pegboard.cli.supply.pinning import can_be_pinned  # noqa: PLC0415

    if names:
        return [registry.found(name) for name in names]
    every = [registry.plugins[name] for name in sorted(registry.plugins)]
    left = [one.id for one in every if one.dev]
    if left:
        click.echo(f"peg: editable, so not locked: {', '.join(left)}", err=True)
    return [one for one in every if can_be_pinned(one)]


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_plugins)
@reported
def verify(names: tuple[str, ...]) -> None:
    """Check installed plugins against the lock, as every start does. The exit status is 7 when one is refused."""
    places = places_here()
    lock = lock_in_force(places).lock
    registry = _registry(places)
    refused = False
    for name in names or sorted({*registry.plugins, *registry.refused, *lock.plugins}):
        why = _why_refused(name, registry)
        refused = refused or bool(why)
        mark = "ok" if name in lock.plugins else "not locked"
        click.echo(f"{name:16} {safe(why) if why else mark}")
    for name in sorted(lock.quarantine):
        click.echo(f"{name}: an update waits; `peg plugin update {name}` shows it", err=True)
    sys.exit(Exit.PLUGIN if refused else Exit.DONE)


def _why_refused(name: str, registry: Registry) -> str:
    """What a start would say, policy included."""
    try:
        registry.admitted(name)
    except PegboardError as error:
        return f"refused: {error.message}"
    return ""


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="PLUGIN...", shell_complete=complete_plugins)
@click.option("-o", "--output", required=True, metavar="FILE", help="Where the bundle is written.")
@reported
def bundle(names: tuple[str, ...], output: str) -> None:
    """Put installed plugins with all that they need into one file, for machines without a network."""
    from pegboard.cli.supply.bundle import make_bundle  # noqa: PLC0415

    places = places_here()
    pins = lock_in_force(places).lock.plugins
    for name in names:
        if name not in pins or platform_key() not in pins[name].trees:
            raise NotFound(f"`{name}` is not in the store; `peg plugin install` it from a wheel first")
    count = make_bundle(store_of(places), {name: pins[name] for name in names}, Path(output))
    click.echo(f"{output}: {len(names)} plugins, {count} wheels; `peg plugin install {output}` installs them")
