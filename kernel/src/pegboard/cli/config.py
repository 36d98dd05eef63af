"""`peg config`: what is set, by whom, and how to change the user's file."""

import os
import sys
from pathlib import Path

import click

from pegboard.cli.completing import complete_keys
from pegboard.cli.editing import set_value, unset_value, validate
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.installed import places_here
from pegboard.cli.lazy import Whole
from pegboard.cli.listing import get, listed, written
from pegboard.cli.settings import load_config


@click.group(cls=Whole)
def config() -> None:
    """Show and change the configuration. Layers: default, user, project (if trusted), environment, flags, policy."""


@config.command("list")
@click.option("--show-source", is_flag=True, help="Say for each value who set it, and where.")
@reported
def list_(show_source: bool) -> None:
    """Print every value in force."""
    found = load_config(places_here(), os.environ)
    for entry in listed(found):
        source = f"  # {entry.source}" if show_source else ""
        click.echo(f"{entry.key} = {written(entry.value)}{source}")
    for warning in found.warnings:
        click.echo(f"peg: {warning}", err=True)


@config.command("get")
@click.argument("key", shell_complete=complete_keys)
@reported
def get_(key: str) -> None:
    """Print the value of one key."""
    value = get(load_config(places_here(), os.environ), key)
    click.echo(value if isinstance(value, str) else written(value))


@config.command("set")
@click.argument("key", shell_complete=complete_keys)
@click.argument("value")
@reported
def set_(key: str, value: str) -> None:
    """Set a key in the user's file, which is checked before it is replaced."""
    path = places_here().user_config
    set_value(path, key, value)
    click.echo(f"{key} set in {path}", err=True)


@config.command()
@click.argument("key", shell_complete=complete_keys)
@reported
def unset(key: str) -> None:
    """Take a key out of the user's file."""
    path = places_here().user_config
    unset_value(path, key)
    click.echo(f"{key} removed from {path}", err=True)


@config.command("validate")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@reported
def validate_(file: Path | None) -> None:
    """Check FILE, or the user's file and the managed policy; print every problem with its line."""
    places = places_here()
    problems = validate(file or places.user_config)
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(Exit.FAILURE)
    load_config(places, os.environ)
    click.echo("no problems")
