"""`peg session`: what was said and done, as text or as the journal itself, and whether it was changed since."""

import os
import sys
from pathlib import Path

import click

from pegboard.cli.completing import complete_sessions
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.lazy import Whole
from pegboard.cli.show import Palette, clipped, lines, safe
from pegboard.cli.summaries import summaries
from pegboard.journal import State, read, verify
from pegboard.places import Places
from pegboard.sessions import Sessions
from pegboard_sdk.wire.records import Message, Role, Text


def _sessions() -> Sessions:
    return Sessions(Places.from_environ(os.environ).state)


@click.group(cls=Whole)
def session() -> None:
    """List, show, export and verify sessions."""


@session.command("list")
@click.option("--all", "everywhere", is_flag=True, help="Sessions of every folder, not only of this one.")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many.")
@reported
def list_(everywhere: bool, limit: int) -> None:
    """Show the newest sessions of this folder."""
    found = summaries(_sessions(), None if everywhere else Path.cwd(), limit)
    for one in found:
        place = f"  {one.workspace}" if everywhere else ""
        click.echo(
            f"{one.id}  {one.begun[:16].replace('T', ' ')}  {one.end:12} {one.turns:4} turns  {one.title}{place}"
        )
    if not found:
        click.echo("no sessions" if everywhere else "no sessions of this folder; --all shows those of others", err=True)


@session.command()
@click.argument("id_", metavar="ID", shell_complete=complete_sessions)
@reported
def show(id_: str) -> None:
    """Show a session as a person would have seen it."""
    sessions = _sessions()
    for line in read(sessions.folder / sessions.resolve(id_)):
        record = line.record
        if isinstance(record, Message) and record.role is not Role.SYSTEM:
            text = "".join(part.text for part in record.parts if isinstance(part, Text))
            if text:
                click.echo(("> " if record.role is Role.USER else "") + safe(text))
        elif record is not None:
            for shown in lines(record, Palette.PLAIN, 100):
                click.echo(shown)


@session.command()
@click.argument("id_", metavar="ID", shell_complete=complete_sessions)
@reported
def export(id_: str) -> None:
    """Print a session's journal as it stands on disk, one JSON record a line."""
    sessions = _sessions()
    for line in sessions.export(sessions.resolve(id_)):
        sys.stdout.buffer.write(line)


@session.command("verify")
@click.argument("id_", metavar="ID", required=False, shell_complete=complete_sessions)
@reported
def verify_(id_: str | None) -> None:
    """Say whether a session's journal was changed.

    Finds every edit, insertion, reorder, and every drop but of the end. Without ID it looks at this folder's newest.
    """
    sessions = _sessions()
    name = sessions.resolve(id_) if id_ else sessions.newest(Path.cwd())
    if name is None:
        raise click.UsageError("no session of this folder; name one")
    report = verify(sessions.folder / name)
    click.echo(f"{name}: {clipped(str(report), 1000)}")
    if report.state is State.BROKEN:
        sys.exit(Exit.FAILURE)
