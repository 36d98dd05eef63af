"""`peg session`: what was said and done, as text or as the journal itself, and whether it was changed since."""

import sys
from pathlib import Path

import click

from pegboard.audit.verify import verify
from pegboard.cli.attaching.place import held
from pegboard.cli.audited import as_json, decisions, table
from pegboard.cli.completing import complete_sessions
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.installed import places_here
from pegboard.cli.lazy import Whole
from pegboard.cli.resuming import continue_, resume
from pegboard.cli.seen import seen
from pegboard.cli.session_changes import delete, fork, rename, rewind, tree
from pegboard.cli.session_files import export, import_, repair, share
from pegboard.cli.session_rows import folder_of, hits, row, sessions_here
from pegboard.cli.show import clipped, safe
from pegboard.journal import read


@click.group(cls=Whole)
def session() -> None:
    """List, search, go on with, change, share and verify sessions."""


@session.command("list")
@click.option("--all", "everywhere", is_flag=True, help="Sessions of every folder, not only of this one.")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many.")
@click.option("--search", metavar="TEXT", help="Only those in whose titles and messages all these words occur.")
@reported
def list_(everywhere: bool, limit: int, search: str | None) -> None:
    """Show the newest sessions of this folder."""
    found = hits(sessions_here(), None if everywhere else Path.cwd(), limit, search or "")
    busy = set(held(places_here()))
    for hit in found:
        place = f"  {safe(hit.summary.workspace)}" if everywhere else ""
        click.echo(row(hit.summary) + place + ("  (held: `peg attach`)" if hit.summary.id in busy else ""))
        if hit.line:
            click.echo(f"    {hit.seq}: {clipped(hit.line, 100)}")
    if not found:
        what = f" with {search!r}" if search else "" if everywhere else " of this folder"
        click.echo(f"no sessions{what}" + ("" if everywhere else "; --all looks at those of others"), err=True)


@session.command()
@click.argument("id_", metavar="ID", shell_complete=complete_sessions)
@click.option("--numbers", is_flag=True, help="Print each record's number, as --at and --to take it.")
@reported
def show(id_: str, numbers: bool) -> None:
    """Show a session as a person would have seen it."""
    sessions = sessions_here()
    for line in read(sessions.folder / sessions.resolve(id_)):
        head = f"{line.seq:5} " if numbers else ""
        for shown in seen(line.record):
            click.echo(head + shown)


for added in (rewind, rename, delete, fork, tree, export, share, import_, repair, resume, continue_):
    session.add_command(added)


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
    folder = folder_of(id_)
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
    for found in decisions(folder_of(id_)):
        for line in [as_json(found)] if as_lines else table(found):
            click.echo(line)
