"""What happens before trio is imported: places, spawner, configuration, registry, and the provider on its way.

Importing trio and what rests on it takes a while; a provider's process needs as long to be ready. So they overlap.
"""

import os
import select
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import click
from msgspec import Struct
from msgspec.structs import replace

from pegboard.beginning import Begun, begin
from pegboard.birth import Births
from pegboard.cli.conversing.choice import chosen_front
from pegboard.cli.first_run.welcome import model_for
from pegboard.cli.installed import registry_of, replaced
from pegboard.cli.options import Options, model_and_effort
from pegboard.cli.settings import load_config, policy_here, roots_of
from pegboard.cli.trusting import Taken, project_of, taken_from, trust_of
from pegboard.config import Config
from pegboard.discovery import own_environment
from pegboard.distribution import search_path
from pegboard.environment import child_environ
from pegboard.models.providers import Target, setup_of, target_of
from pegboard.places import Places
from pegboard.policy import Loaded
from pegboard.registry import Registry
from pegboard.rights.granted import cap_of
from pegboard.rights.run import Rights, is_executed, rights_of
from pegboard.secrets.credentials import Credentials
from pegboard.spawner.launch import Spawner, launch_spawner
from pegboard.supply.lock import lock_in_force
from pegboard_sdk.errors import PegboardError, PermissionDenied
from pegboard_sdk.wire.manifest import Manifest, Start
from pegboard_sdk.wire.methods import Setup

PATIENCE_S: Final = 2.0


class Launch(Struct, frozen=True, kw_only=True):
    """Everything that a run needs and that can be had without an event loop."""

    options: Options
    workspace: Path
    places: Places
    config: Config
    registry: Registry
    target: Target
    spawner: Spawner
    setup: Callable[[str, Manifest], Setup]
    managed: Loaded
    taken: Taken
    """What of the folder is obeyed: nothing unless it is trusted. Content is taken from here, never read again."""
    credentials: Credentials
    rights: Rights
    front: str
    """The channel that a person meets; empty where there is none, or line by line."""
    begun: tuple[Begun, ...]
    """The model's provider and the front-end, on their way."""


def launch(options: Options, *, person: bool = False, takes_prompts: bool = True) -> Launch:
    """Read what the run rests on; a `person` at the terminal may be asked about trust. Plugins are begun only for who
    `takes_prompts`.

    Raises ConfigInvalid, PolicyBroken, PermissionDenied for what policy forbids, NotFound, and OSError for a lost
    folder.
    """
    workspace = Path(options.cwd or ".").resolve(strict=True)
    os.chdir(workspace)
    spawner = launch_spawner(search_path(own_environment().sites), child_environ(os.environ))
    places = Places.from_environ(os.environ)
    managed = _policy(places, options)
    taken = taken_from(workspace, trust_of(places, managed), accept=options.trust, person=person)
    config, registry = _configured(options, places, managed, project_of(workspace, taken.obeyed), person=person)
    target, credentials = _target(options, config), Credentials(places.data, os.environ)
    setup = partial(setup_of, settings=config.settings, environ=os.environ, key=credentials.get)
    rights = rights_here(places, managed, config, options, registry)
    front = chosen_front(config.settings.frontend, registry, plain=options.plain) if person else ""
    births = Births(registry, places, environ=os.environ, workspace=str(workspace), setup_of=setup, rights=rights)
    return Launch(
        options=options,
        workspace=workspace,
        places=places,
        config=config,
        managed=managed,
        taken=taken,
        registry=registry,
        target=target,
        spawner=spawner,
        setup=setup,
        credentials=credentials,
        rights=rights,
        front=front,
        begun=_begun(_warmed(target, front, registry) if takes_prompts else [], births, spawner),
    )


def _policy(places: Places, options: Options) -> Loaded:
    managed = policy_here(places)
    if options.no_sandbox and managed.managed.sandbox.required:
        raise PermissionDenied(f"--no-sandbox is forbidden by the managed policy ({managed.where('sandbox.required')})")
    return managed


def _target(options: Options, config: Config) -> Target:
    model, effort = model_and_effort(options.model or "")
    return replace(target_of(model, config.settings), effort=effort)


def rights_here(places: Places, managed: Loaded, config: Config, options: Options, registry: Registry) -> Rights:
    """For the current folder; where nothing is confined, that is said aloud."""
    rights = rights_of(
        places,
        managed.managed,
        workspace=Path.cwd(),
        roots=roots_of(config, options.add_dir),
        lifted=options.no_sandbox,
        executes=any(is_executed(one) for one in registry.plugins.values()),
        environ=os.environ,
        locked={plugin: cap_of(pin.granted) for plugin, pin in lock_in_force(places).lock.plugins.items()},
    )
    if not rights.walls.stand:
        click.echo(f"peg: sandbox {rights.walls.name}; nothing is confined: {rights.walls.why}", err=True)
    return rights


def _configured(
    options: Options, places: Places, managed: Loaded, project: tuple[Path, str] | None, *, person: bool
) -> tuple[Config, Registry]:
    """With a model that was found, where a person has chosen none yet."""
    load = partial(load_config, places, os.environ, managed=managed, project=project)
    config = load(settings_of(options))
    for warning in config.warnings:
        click.echo(f"peg: {warning}", err=True)
    instead = replaced(options.instead)
    registry = registry_of(places, config, cache=places.cache, managed=managed, instead=instead)
    chosen = () if options.model else model_for(places, config.settings, registry, person=person)
    return load((*chosen, *settings_of(options))) if chosen else config, registry


def _warmed(target: Target, front: str, registry: Registry) -> list[str]:
    """Who is needed for the first prompt: its model, the front-end, and those who take part in sessions and ask for
    it."""
    watchers = [
        plugin
        for plugin in registry.plugins
        if (manifest := registry.manifest(plugin)).hook and manifest.start is Start.PROMPT and plugin != target.plugin
    ]
    return [target.plugin, *([registry.channels.find(front).plugin] if front else []), *watchers]


def _begun(instances: list[str], births: Births, spawner: Spawner) -> tuple[Begun, ...]:
    """What is wrong with one of them is said when it is called."""
    begun: list[Begun] = []
    for instance in instances:
        with suppress(PegboardError):
            begun.append(begin(spawner, births.of(instance), len(begun) + 1))
    return tuple(begun)


def settings_of(options: Options) -> tuple[str, ...]:
    """The flags that are settings by another name."""
    named = (
        ("mode", options.mode),
        ("limits.max_turns", options.max_turns),
        ("limits.budget_usd", options.max_budget_usd),
    )
    return (*options.settings, *(f"{key}={value}" for key, value in named if value is not None))


def standard_input(*, waited: bool) -> str:
    """What was piped in; empty when nothing was. Undecodable bytes are replaced, so that a log can be asked about.

    With `waited` there is a prompt already, so a pipe that nobody writes to is worth a word.
    """
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    if waited and not select.select([sys.stdin], [], [], PATIENCE_S)[0]:
        click.echo("peg: waiting for standard input to end; </dev/null says that there is none", err=True)
    return sys.stdin.buffer.read().decode("utf-8", "replace")
