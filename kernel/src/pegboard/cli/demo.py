"""`peg demo`: an agent repairs a sample project. The model's replies are recorded; every tool call is real."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import click
import msgspec

from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.launch import launch
from pegboard.cli.options import Options
from pegboard.demo import PROMPT, TEST_COMMAND, recorded_turns, sample_files

NOTICE: Final = """\
Pegboard demo: an agent repairs a small project whose tests fail.
The model's replies are a recording. Every tool call is real: each runs in its own plugin process, through the gate."""


@click.command()
@click.option(
    "--dir", "folder", metavar="DIR", help="Put the sample there (new or empty) instead of a temporary folder."
)
@reported
def demo(folder: str | None) -> None:
    """Watch an agent repair a sample project; no key, no network."""
    with tempfile.TemporaryDirectory(prefix="pegboard-demo-") as temporary:
        place = _sample(Path(folder) if folder else Path(temporary, "project"))
        click.echo(f"{NOTICE}\nThe project is in {place}.\n\n> {PROMPT}\n")
        _repair(place)
        click.echo(f"\nThe demo itself now runs the tests: {' '.join(TEST_COMMAND)}")
        done = subprocess.run(TEST_COMMAND, cwd=place, stdin=subprocess.DEVNULL, check=False)
        click.echo("The tests pass." if done.returncode == 0 else "The tests do not pass: the demo failed.")
        sys.exit(Exit.DONE if done.returncode == 0 else Exit.FAILURE)


def _sample(place: Path) -> Path:
    """Copy the sample. Raises UsageError when something is in the way."""
    if place.exists() and any(place.iterdir()):
        raise click.UsageError(f"{place} is not empty; name a new folder")
    for name, data in sample_files().items():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return place.resolve()


def _repair(place: Path) -> None:
    turns = msgspec.json.encode(recorded_turns()).decode()
    options = Options(
        cwd=str(place),
        model="replay/demo",
        mode="edit",
        allow=(f"bash({' '.join(TEST_COMMAND)})",),
        no_session=True,
        settings=(f"plugin.replay.turns={turns}",),
    )
    started = launch(options)
    from pegboard.cli.converse import Terminal  # noqa: PLC0415  # trio, only where something runs
    from pegboard.cli.holding import Holding, hold  # noqa: PLC0415

    async def run(holding: Holding) -> None:
        agent = holding.conversation.agent
        agent.attach(Terminal(verbose=True))
        await agent.prompt(PROMPT)

    hold(started, run)
