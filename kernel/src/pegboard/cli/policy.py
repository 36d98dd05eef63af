"""`peg policy`: what is in force, and what the gate would say of calls. Nothing is run or created."""

import json
import os
import sys
from pathlib import Path
from typing import IO

import click
import msgspec
from msgspec.structs import replace

from pegboard.cli.checking import BadAnswer, check_lines, explain
from pegboard.cli.completing import complete_tools
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.fronts import speak_json
from pegboard.cli.installed import places_here, registry_of
from pegboard.cli.lazy import Whole
from pegboard.cli.listing import in_force
from pegboard.cli.options import MODES
from pegboard.cli.policies import managed_policy_of, place_here, policy_of
from pegboard.cli.settings import load_config, policy_here, policy_in, roots_of
from pegboard.cli.shipped import SHIPPED
from pegboard.cli.show import safe
from pegboard_sdk.errors import InvalidParams, MethodNotFound
from pegboard_sdk.wire.codec import JsonObject


@click.group(cls=Whole)
def policy() -> None:
    """Show what is in force; explain and check what the gate decides."""


@policy.command()
@click.option("--why", is_flag=True, help="Say for each value which file and line set it.")
@reported
def show(why: bool) -> None:
    """Print the managed policy, and what it leaves of the configuration: every cap, value and rule in force."""
    places = places_here()
    managed = policy_here(places)
    config = load_config(places, os.environ, managed=managed)
    demanded = (
        f"managed policy: {', '.join(managed.files)}" if managed.files else f"no managed policy ({places.managed})"
    )
    click.echo(f"# {safe(demanded)}")
    for text, where in in_force(managed, config):
        click.echo(safe(f"{text}  # {where}" if why else text))
    for warning in config.warnings if why else ():
        click.echo(f"# {safe(warning)}")


@policy.command("test")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@reported
def test_(file: Path) -> None:
    """Check FILE as if it were the managed policy, and run its tests. The exit status is 3 when it would be broken."""
    count = len(policy_in(file, places_here()).managed.test)
    click.echo(f"{file}: no problems, {count} tests hold" if count else f"{file}: no problems; it has no tests")


@policy.command()
@click.argument("file", type=click.File("rb"))
@click.option("--with-config", is_flag=True, help="Also apply the user's configuration.")
@reported
def check(file: IO[bytes], with_config: bool) -> None:
    """Judge a line of JSON each from FILE (- for standard input), with this folder as the workspace.

    A line is {"id", "tool", "arguments", "allow": [], "deny": [], "mode", "sandbox"}, and so is its answer. The exit
    status is 2 when a line could not be judged, else 0 whatever the decisions.
    """
    places = places_here()
    managed = policy_here(places)
    config = load_config(places, os.environ, managed=managed)
    base = replace(policy_of(config), opened=frozenset()) if with_config else managed_policy_of(config)
    roots = roots_of(config) if with_config else map(Path, managed.managed.permissions.roots)
    registry = registry_of(places, config, managed=managed)
    tools = {**SHIPPED, **{name: offer.entry for name, offer in registry.tools.available.items()}}
    bad = False
    speak_json()
    with place_here(places, roots) as place:
        for answer in check_lines(file, place, tools=tools, base=base):
            bad = bad or isinstance(answer, BadAnswer)
            sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
            sys.stdout.flush()
    if bad:
        sys.exit(Exit.USAGE)


@policy.command("explain")
@click.argument("tool", shell_complete=complete_tools)
@click.argument("arguments", metavar="JSON")
@click.option("--allow", multiple=True, metavar="RULE")
@click.option("--deny", multiple=True, metavar="RULE")
@click.option("--mode", type=click.Choice(MODES))
@reported
def explain_(tool: str, arguments: str, allow: tuple[str, ...], deny: tuple[str, ...], mode: str | None) -> None:
    """Say what would happen to one call here, and why: every rule that was looked at, and what would allow it."""
    places = places_here()
    config = load_config(places, os.environ, [f"mode={mode}"] if mode else [])
    tools = {**SHIPPED, **{name: offer.entry for name, offer in registry_of(places, config).tools.available.items()}}
    if tool not in tools:
        raise MethodNotFound(f"no tool {tool!r}; known: {', '.join(sorted(tools))}")
    in_force = policy_of(config, allow=allow, deny=deny)
    with place_here(places, roots_of(config)) as place:
        why = explain(in_force, tools[tool], parsed(arguments), place)
    click.echo(f"{why.decision.verdict.name.lower()}: {safe(why.decision.reason)}")
    click.echo(f"mode {in_force.reach.name.lower()}" + (f", rule {why.decision.rule}" if why.decision.rule else ""))
    for effect in why.decision.effects:
        click.echo(f"  effect {safe(effect)}")
    for argv in why.decision.argv:
        click.echo(f"  runs {json.dumps(argv)}")
    for rule in why.considered:
        mark = "decides" if rule.decided else "matters" if rule.matters else "has no part"
        click.echo(f"  {rule.verdict} {rule.rule}: {mark}")
    for rule_text in why.would_allow:
        click.echo(f"would be allowed by --allow {rule_text!r}")


def parsed(arguments: str) -> JsonObject:
    """A tool's arguments from the command line. Raises InvalidParams."""
    try:
        return msgspec.json.decode(arguments, type=JsonObject)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise InvalidParams(f"the arguments are not a JSON object: {error}") from error
