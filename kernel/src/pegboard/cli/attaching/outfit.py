"""What `peg attach` needs of its own: a spawner, the registry and a front-end. No model, no session, no tool."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from msgspec import Struct

from pegboard.cli.conversing.choice import chosen_front
from pegboard.cli.installed import registry_of
from pegboard.cli.launch import rights_here
from pegboard.cli.options import Options
from pegboard.cli.settings import load_config, policy_here
from pegboard.discovery import own_environment
from pegboard.distribution import search_path
from pegboard.environment import child_environ
from pegboard.models.providers import setup_of
from pegboard.places import Places
from pegboard.registry import Registry
from pegboard.rights.run import Rights
from pegboard.secrets.credentials import Credentials
from pegboard.spawner.launch import Spawner, launch_spawner
from pegboard_sdk.wire.manifest import Manifest
from pegboard_sdk.wire.methods import Setup


class Outfit(Struct, frozen=True, kw_only=True):
    """All of it."""

    places: Places
    workspace: Path
    registry: Registry
    spawner: Spawner
    rights: Rights
    setup: Callable[[str, Manifest], Setup]
    front: str
    """The channel; empty for line by line."""
    verbose: bool


def outfit(options: Options, workspace: Path) -> Outfit:
    """Of the user's and the managed configuration: a folder's own says nothing about how it is looked at.

    Raises as `launch` does, and OSError where the session's folder is gone.
    """
    os.chdir(workspace)
    spawner = launch_spawner(search_path(own_environment().sites), child_environ(os.environ))
    places = Places.from_environ(os.environ)
    managed = policy_here(places)
    config = load_config(places, os.environ, options.settings, managed=managed)
    registry = registry_of(places, config, cache=places.cache, managed=managed)
    credentials = Credentials(places.data, os.environ)
    return Outfit(
        places=places,
        workspace=workspace,
        registry=registry,
        spawner=spawner,
        rights=rights_here(places, managed, config, options, registry),
        setup=partial(setup_of, settings=config.settings, environ=os.environ, key=credentials.get),
        front=chosen_front(config.settings.frontend, registry, plain=options.plain),
        verbose=options.verbose,
    )
