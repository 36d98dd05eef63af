"""`peg doctor`: what works here, what does not, and the repair, a line each. Without `--fix` it changes nothing."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Final

import click

from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.first_run.choices import keyed, served
from pegboard.cli.first_run.servers import servers
from pegboard.cli.first_run.welcome import keys_found
from pegboard.cli.installed import places_here, registry_of
from pegboard.cli.repairs import repairs
from pegboard.cli.settings import load_config
from pegboard.cli.show import Palette, safe
from pegboard.models.providers import BASE_URL, target_of
from pegboard.places import Places, private
from pegboard.secrets.credentials import Credentials
from pegboard_sdk.errors import PegboardError

PROGRAMS: Final = (
    ("git", "version control in the workspace"),
    ("rg", "fast search; without it the search plugin brings its own"),
    ("bwrap", "the sandbox for commands and plugins"),
)


class Health(Enum):
    """How a thing is."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "bad"


Finding = tuple[Health, str]


@click.command()
@click.option("--fix", is_flag=True, help="Put right what can be without losing anything; each is said before.")
@reported
def doctor(fix: bool) -> None:
    """Say what works here, what does not, and the repair. The exit status is 1 when something is broken."""
    if fix:
        _fix(places_here())
    palette = Palette.COLOUR if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else Palette.PLAIN
    colours = {Health.GOOD: "green", Health.NOTE: "yellow", Health.BAD: "red"}
    bad = False
    for look in (_python, _folders, _left, _configuration, _plugins, _model, _programs, _sandbox, _supply):
        for health, text in _guarded(look):
            bad = bad or health is Health.BAD
            click.echo(f"{palette.paint(f'{health.value:5}', colours[health])} {safe(text)}")
    sys.exit(Exit.FAILURE if bad else Exit.DONE)


def _fix(places: Places) -> None:
    found = list(repairs(places))
    for repair in found:
        click.echo(f"fix   {safe(repair.wrong)}: {safe(repair.will)}")
        try:
            repair.deed()
        except OSError as error:
            click.echo(f"      that failed: {safe(str(error.strerror or error))}")
    if not found:
        click.echo("fix   there is nothing that can be put right from here")


def _guarded(look: Callable[[Places], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look(places_here())
    except PegboardError as error:
        yield Health.BAD, error.message
    except OSError as error:
        yield Health.BAD, f"{error.filename}: {error.strerror}"


def _python(places: Places) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield (Health.GOOD if sys.version_info >= (3, 11) else Health.BAD), f"Python {version}"


def _folders(places: Places) -> Iterator[Finding]:
    for name, folder in (("state", places.state), ("cache", places.cache), ("data", places.data)):
        with tempfile.NamedTemporaryFile(dir=private(folder)) as file:
            os.fsync(file.fileno())
        yield Health.GOOD, f"{name} folder {folder} can be written"


def _left(places: Places) -> Iterator[Finding]:
    for repair in repairs(places):
        yield Health.NOTE, f"{repair.wrong}; `peg doctor --fix` repairs it: {repair.will}"


def _configuration(places: Places) -> Iterator[Finding]:
    config = load_config(places, os.environ)
    yield Health.GOOD, f"configuration {places.user_config}{'' if places.user_config.exists() else ' (none yet)'}"
    for warning in config.warnings:
        yield Health.NOTE, warning
    if places.managed.exists():
        yield Health.GOOD, f"managed policy {places.managed} is in force"


def _plugins(places: Places) -> Iterator[Finding]:
    registry = registry_of(places, load_config(places, os.environ))
    yield Health.GOOD, f"plugins: {', '.join(sorted(registry.plugins)) or 'none'}"
    for problem in registry.problems():
        yield Health.BAD, problem


def _model(places: Places) -> Iterator[Finding]:
    config = load_config(places, os.environ)
    target = target_of("", config.settings)
    registry = registry_of(places, config)
    plugin = target.plugin.partition("@")[0]
    if plugin not in registry.plugins:
        yield Health.BAD, f"model {target.name}: the plugin {plugin} is not installed"
        return
    wanted = registry.manifest(plugin).capabilities.secrets
    missing = [name for name in wanted if not Credentials(places.data, os.environ).keepers(name)]
    if missing and not os.environ.get(BASE_URL) and not config.settings.models.get(target.name):
        said = f"`peg login {plugin}`, set {' or '.join(missing)}, or {BASE_URL} for a server of your own"
        yield Health.NOTE, f"model {target.name} has no key: {said}"
        for choice in (*keyed(keys_found(places, config.settings, registry, os.environ)), *served(servers())):
            yield Health.NOTE, f"there is {choice.words}; `peg` offers it"
    else:
        yield Health.GOOD, f"model {target.name}"


def _programs(places: Places) -> Iterator[Finding]:
    for program, what in PROGRAMS:
        found = shutil.which(program)
        yield (Health.GOOD, f"{found}") if found else (Health.NOTE, f"{program} is not installed: {what}")


def _sandbox(places: Places) -> Iterator[Finding]:
    """What was tried here and now; a cached answer is not asked."""
    from pegboard.rights.owner import owner_of  # noqa: PLC0415 - the other lines need none of it
    from pegboard.sandbox import probe  # noqa: PLC0415
    from pegboard.sandbox.confinement import Tier  # noqa: PLC0415

    if not sys.platform.startswith("linux"):
        yield Health.NOTE, f"on {sys.platform} a killed kernel may leave plugins that do not watch their channel"
    owner = owner_of(Path.cwd())
    found = probe.found(user=owner.user, group=owner.group)
    for works in found.tiers:
        yield Health.GOOD, f"sandbox {works.value}: tried, and it holds"
    needless = {Tier.LANDLOCK.value} if Tier.FORKED in found.tiers else set[str]()
    for tier in found.missing.keys() - needless:
        repair = found.missing[tier]
        yield (Health.NOTE if found.tiers else Health.BAD), f"sandbox {tier}: {repair}"


def _supply(places: Places) -> Iterator[Finding]:
    from pegboard.cli.supply.doctor import findings  # noqa: PLC0415

    yield from ((Health.NOTE, finding) for finding in findings())
