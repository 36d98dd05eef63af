"""What a shell offers for an argument: sessions, plugins, tools, keys. What is wrong here must not disturb typing."""

import functools
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from pegboard.cli.attaching.place import held
from pegboard.cli.installed import places_here, registry_here
from pegboard.cli.listing import listed
from pegboard.cli.settings import load_config
from pegboard.cli.summaries import summaries
from pegboard.sessions import Sessions
from pegboard_sdk.errors import PegboardError

Completer = Callable[[click.Context, click.Parameter, str], list[str]]


def _completer(names: Callable[[], Iterable[str]]) -> Completer:
    @functools.wraps(names)
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        try:
            return [name for name in names() if name.startswith(incomplete)]
        except (PegboardError, OSError):
            return []

    return complete


@_completer
def complete_sessions() -> Iterable[str]:
    """The ids of this folder's sessions, newest first."""
    return [one.id for one in summaries(Sessions(places_here().state), Path.cwd(), 50)]


@_completer
def complete_held() -> Iterable[str]:
    """The ids of sessions that a process holds."""
    return held(places_here())


@_completer
def complete_plugins() -> Iterable[str]:
    """The ids of installed plugins."""
    return sorted(registry_here().plugins)


@_completer
def complete_tools() -> Iterable[str]:
    """The names of tools that can be called."""
    return registry_here().tools.available


@_completer
def complete_keys() -> Iterable[str]:
    """The keys that have a value."""
    return [entry.key for entry in listed(load_config(places_here(), os.environ))]
