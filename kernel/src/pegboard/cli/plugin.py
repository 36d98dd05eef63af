"""`peg plugin`: what is installed, and the author's tools, which run in a process of their own."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

import click

from pegboard.cli.completing import complete_plugins
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.installed import registry_here
from pegboard.cli.lazy import Whole
from pegboard.cli.plugin_supply import bundle, install, lock, remove, update, verify
from pegboard.cli.plugin_top import top
from pegboard.cli.show import safe
from pegboard.cli.supply.difference import asked
from pegboard.found import Found, Origin
from pegboard.registry import Registry

OFFERED: Final = ("tool", "model", "hook", "command", "channel")


@click.group(cls=Whole)
def plugin() -> None:
    """List, show, install, check and make plugins."""


for _command in (install, update, remove, lock, verify, bundle, top):
    plugin.add_command(_command)


@plugin.command("list")
@reported
def list_() -> None:
    """Show every installed plugin.

    Says what is wrong with those that cannot be used. Starts nothing.
    """
    registry = registry_here()
    for name, found in sorted(registry.plugins.items()):
        assert found.manifest is not None
        marks = " (dev)" if found.dev else ""
        click.echo(f"{name:16} {found.manifest.version:10} {found.manifest.summary}  [{_offered(found)}]{marks}")
    for problem in registry.problems():
        click.echo(f"! {safe(problem)}", err=True)


def _offered(found: Found) -> str:
    assert found.manifest is not None
    counts = [(kind, len(getattr(found.manifest, kind))) for kind in OFFERED]
    return ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts if count) or "nothing"


@plugin.command()
@click.argument("name", shell_complete=complete_plugins)
@reported
def show(name: str) -> None:
    """Show what a plugin offers and what it asks for."""
    found = registry_here().found(name)
    manifest = found.manifest
    assert manifest is not None
    click.echo(f"{name} {manifest.version}: {manifest.summary}")
    click.echo(f"  from: {found.source}{' (dev: its files may change at any time)' if found.dev else ''}")
    click.echo(f"  starts: {manifest.start.value}; stops after {manifest.idle_s:g} s without work")
    for tool in manifest.tool:
        effects = ", ".join(effect.value for effect in tool.effects)
        click.echo(f"  tool {tool.name} ({effects}): {tool.description}")
    for kind in OFFERED[1:]:
        for entry in getattr(manifest, kind):
            click.echo(f"  {kind} {entry.name}")
    for line in asked(manifest.capabilities):
        click.echo(f"  asks for {line}")
    if manifest.uses:
        click.echo(f"  may call {', '.join(manifest.uses)}")


@plugin.command()
@click.argument("name")
@click.option("--dir", "folder", default=".", metavar="DIR", help="Where the new folder is made.")
@reported
def new(name: str, folder: str) -> None:
    """Make a plugin to start from, with a test."""
    sys.exit(_author("pegboard_sdk.scaffold", [name, "--dir", folder]))


@plugin.command()
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("--check", is_flag=True, help="Change nothing; fail when the manifest is not what the code says.")
@reported
def sync(folder: str, check: bool) -> None:
    """Write the manifest and schemas from the code.

    DIR is the folder of the plugin; pegboard.toml and schemas/ are written there.
    """
    sys.exit(_author("pegboard_sdk.sync", [folder, *(["--check"] if check else [])]))


@plugin.command(context_settings={"ignore_unknown_options": True})
@click.argument("target", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--junit", metavar="FILE", help="Write the report as JUnit XML too.")
@reported
def check(target: tuple[str, ...], junit: str | None) -> None:
    """Check that a plugin keeps to the wire PWP/1.

    TARGET is the name of an installed plugin, or a command in any language. The plugin is run.
    """
    options = ["--junit", junit] if junit else []
    sys.exit(_author("pegboard_sdk.conformance", [*options, *_launch(target)]))


@plugin.command(context_settings={"ignore_unknown_options": True})
@click.argument("target", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--call", metavar="TOOL", help="Call this tool once the plugin is ready.")
@click.option("--arguments", default="{}", metavar="JSON", help="Its arguments.")
@reported
def trace(target: tuple[str, ...], call: str | None, arguments: str) -> None:
    """Run a plugin and print every frame as a line of JSON."""
    options = ["--call", call, "--arguments", arguments] if call else []
    sys.exit(_author("pegboard_sdk.trace", [*options, *_launch(target)]))


def _launch(target: Sequence[str]) -> list[str]:
    """How to start an installed plugin by name; a command stays what it is."""
    registry = registry_here()
    if len(target) != 1 or (target[0] not in registry.plugins and target[0] not in registry.refused):
        return ["--", *target]
    found = registry.found(target[0])
    return ["--manifest", found.manifest_path, "--", *_argv(found, registry)]


def _argv(found: Found, registry: Registry) -> list[str]:
    if found.origin is Origin.FOLDER:
        return [part.replace("{package}", found.package) for part in registry.manifest(found.id).run.argv]
    return [found.interpreter or sys.executable, "-m", "pegboard_sdk.host", found.entry, found.package]


def _author(module: str, arguments: Sequence[str]) -> int:
    """Run a tool of the SDK beside us: it imports the plugin's code, and this process never does."""
    try:
        return subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
