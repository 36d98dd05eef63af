"""What is installed here, as the commands that only look need it: places, configuration and the registry."""

import os
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from msgspec.structs import replace

from pegboard.cli.settings import load_config, policy_here
from pegboard.config import Config
from pegboard.discovery import discover, foreign_environment, own_environment
from pegboard.distribution import MANIFEST
from pegboard.found import Found
from pegboard.places import Places
from pegboard.policy import Loaded
from pegboard.registry import Registry
from pegboard.supply.admitting import Supply
from pegboard_sdk.errors import NotFound, PermissionDenied


def places_here() -> Places:
    """From this process's environment."""
    return Places.from_environ(os.environ)


def registry_of(
    places: Places,
    config: Config,
    *,
    cache: Path | None = None,
    managed: Loaded | None = None,
    supply: Supply | None = None,
    instead: Mapping[str, Found] | None = None,
) -> Registry:
    """All plugins that may be used: of the kernel's environment, configured ones, the store and the plugin folder.

    `cache` is a folder where the answer is kept; without one nothing is written. What is not given of the managed
    policy and of what may start is read. `instead` has plugins that stand in the place of those of their ids for this
    run; they are admitted like any other. Raises LockBroken and PolicyBroken.
    """
    environments = [
        own_environment(),
        *(foreign_environment(Path(one)) for one in config.settings.plugins.environments),
    ]
    folders = [places.data / "plugins", *(Path(one).expanduser() for one in config.settings.plugins.directories)]
    policy = (managed or policy_here(places)).managed
    demand = policy.plugins
    supply = supply or Supply(places, demand.rules())
    found = discover(environments, folders=folders, stored=supply.stored(), cache=cache)
    if instead:
        found = (*(one for one in found if one.id not in instead), *instead.values())
    closed = frozenset(policy.channels.disabled)
    disabled = set(config.settings.plugins.disabled)

    def require(one: Found) -> None:
        why = demand.refusal(one.id, one.manifest.version if one.manifest else "")
        if why:
            raise PermissionDenied(why)
        supply.require(one)

    open_to_all = (without_channels(one, closed) for one in found if one.id not in disabled)
    return Registry(open_to_all, require)


def without_channels(found: Found, closed: AbstractSet[str]) -> Found:
    """A plugin less the front-ends that a managed policy closes: nothing can find them then, nor ask them."""
    if found.manifest is None or closed.isdisjoint(entry.name for entry in found.manifest.channel):
        return found
    left = [entry for entry in found.manifest.channel if entry.name not in closed]
    return replace(found, manifest=replace(found.manifest, channel=left))


def replaced(given: Iterable[str]) -> dict[str, Found]:
    """The plugins of `NAME=PATH`, where PATH is a plugin's folder or a Python environment with it.

    Raises NotFound, which names the option, for what is neither.
    """
    found: dict[str, Found] = {}
    for each in given:
        name, _, path = each.partition("=")
        place = Path(path).expanduser().resolve()
        if (place / MANIFEST).is_file():
            there = discover((), folders=[place.parent])
        elif (place / "pyvenv.cfg").is_file() or place.name == "site-packages":
            there = discover([foreign_environment(place)])
        else:
            raise NotFound(f"--plugin {each}: give NAME=PATH, the plugin's folder or a Python environment with it")
        named = [one for one in there if one.id == name]
        if not named:
            raise NotFound(f"--plugin {each}: there is no plugin `{name}`; a plugin's folder is named like its id")
        found[name] = named[0]
    return found


def registry_here() -> Registry:
    """With the user's configuration; the project's cannot add plugins."""
    places = places_here()
    return registry_of(places, load_config(places, os.environ), cache=places.cache)
