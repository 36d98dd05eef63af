"""`peg session`: what was said and done, as text or as the journal itself, and whether it was changed since."""

import os
import sys
from pathlib import Path

import click

from pegboard.audit.verify import verify
from pegboard.cli.audited import as_json, decisions, table
from pegboard.cli.completing import complete_sessions
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.lazy import Whole
from pegboard.cli.show import Palette, clipped, lines, safe
from pegboard.cli.summaries import exported, summaries
from pegboard.journal import read
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
    for line in exported(sessions.folder / sessions.resolve(id_)):
        sys.stdout.buffer.write(line)


def _folder(id_: str | None) -> Path:
    sessions = _sessions()
    name = sessions.resolve(id_) if id_ else sessions.newest(Path.cwd())
    if name is None:
        raise click.UsageError("no session of this folder; name one")
    return sessions.folder / name


_lines = click.Path(exists=True, dir_okay=False, path_type=Path)


@session.command("verify")
@click.argument("id_", metavar="ID", required=False, shell_complete=complete_sessions)
@click.option(
    "--anchor", "anchors", type=_lines, multiple=True, help="A file with what an anchor kept; may be given again."
)
@click.option("--keys", type=_lines, help="The file into which the keys of the checkpoints were deposited.")
@reported
def verify_(id_: str | None, anchors: tuple[Path, ...], keys: Path | None) -> None:
    """Say whether a session's journal was changed.

    Finds every edit, insertion, reorder, and every drop but of the end; with what an anchor kept, that too, up to the
    last checkpoint. What no anchor vouches for is counted. Without ID it looks at this folder's newest session.
    """
    folder = _folder(id_)
    outside = (line for file in anchors for line in file.read_bytes().splitlines())
    found = verify(folder, outside, keys.read_bytes().splitlines() if keys else ())
    click.echo(f"{folder.name}: {clipped(str(found.report), 1000)}")
    if anchors or keys:
        covered = f"up to record {found.anchored}" if found.anchored else "nothing"
        click.echo(f"  anchored: {covered}; unanchored tail of {found.unanchored}")
    for fault in found.faults:
        click.echo(f"  {clipped(fault, 1000)}")
    if not found.is_whole:
        sys.exit(Exit.FAILURE)


@session.command("audit")
@click.argument("id_", metavar="ID", required=False, shell_complete=complete_sessions)
@click.option("--json", "as_lines", is_flag=True, help="Print one JSON object a line.")
@reported
def audit_(id_: str | None, as_lines: bool) -> None:
    """Show what was decided in a session: argv, rule, room, tier, who answered.

    Without ID it is this folder's newest session.
    """
    for found in decisions(_folder(id_)):
        for line in [as_json(found)] if as_lines else table(found):
            click.echo(line)
