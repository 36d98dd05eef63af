"""`peg session rewind`, `rename`, `delete`, `fork` and `tree`: what changes sessions, and shows what came of it."""

import shutil
from os import close
from pathlib import Path

import click

from pegboard.cli.completing import complete_sessions
from pegboard.cli.faults import reported
from pegboard.cli.folders.keeping import carry
from pegboard.cli.session_rows import branches, folder_of, row, sessions_here
from pegboard.cli.show import clipped, safe
from pegboard.cli.summaries import summaries
from pegboard.journal import Journal, Line
from pegboard.journal.lock import take
from pegboard.transcript import Transcript
from pegboard_sdk.errors import InvalidParams, NotFound
from pegboard_sdk.wire.records import Evicted, Message, Rewound, Text, Titled

_ID = click.argument("id_", metavar="ID", shell_complete=complete_sessions)


@click.command()
@_ID
@click.option("--to", type=click.IntRange(1), metavar="N", help="Take back everything behind record N.")
@click.option("--turn", type=click.IntRange(1), metavar="N", help="Take back the user's Nth message and all since.")
@reported
def rewind(id_: str, to: int | None, turn: int | None) -> None:
    """Take back the end of a conversation; the journal keeps it, and files stay as they are.

    Without --to and --turn it lists the turns.
    """
    folder, folded = folder_of(id_), Transcript()

    def fold(line: Line) -> None:
        if line.record is not None and not isinstance(line.record, Evicted):
            folded.apply(line.record, line.seq)

    with Journal.open(folder, program="peg session rewind", each=fold) as journal:
        turns = folded.requests()
        if to is None and turn is None:
            for number, unit in enumerate(turns, start=1):
                click.echo(f"{number:4}  record {unit.seq:5}  {clipped(said(unit.message), 90)}")
            return
        if turn is not None and turn > len(turns):
            raise NotFound(f"--turn {turn}: the conversation has {len(turns)}")
        if to is not None and to > journal.seq:
            raise NotFound(f"--to {to}: the session has records 1 to {journal.seq}")
        border = to if turn is None else turns[turn - 1].seq - 1
        assert border is not None
        journal.append(Rewound(to=border, reason="peg session rewind"))
    click.echo(f"rewound to record {border}; `peg -r {folder.name}` goes on from there")


def said(message: Message) -> str:
    """The text of a message."""
    return " ".join(part.text for part in message.parts if isinstance(part, Text))


@click.command()
@_ID
@click.argument("title", nargs=-1, required=True)
@reported
def rename(id_: str, title: tuple[str, ...]) -> None:
    """Call a session something."""
    folder, text = folder_of(id_), " ".join(" ".join(title).split())
    if not text:
        raise InvalidParams("a title has at least one letter")
    with Journal.open(folder, program="peg session rename") as journal:
        journal.append(Titled(title=text))
    click.echo(f"{folder.name} is called {safe(text)}")


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True, shell_complete=complete_sessions)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@reported
def delete(ids: tuple[str, ...], yes: bool) -> None:
    """Delete sessions with all that was kept of them; one that is in use is refused."""
    sessions = sessions_here()
    folders = [folder_of(each) for each in dict.fromkeys(ids)]
    known = {one.id: one for one in summaries(sessions)}
    for folder in folders:
        click.echo(row(known[folder.name]) if folder.name in known else folder.name, err=True)
    if not yes and not click.confirm("Delete for good", err=True):
        click.echo("nothing was deleted", err=True)
        return
    for folder in folders:
        remove(folder)
        click.echo(f"{folder.name} deleted")


def remove(folder: Path) -> None:
    """Delete the session in `folder`. Raises SessionBusy when a process holds it."""
    held = take(folder, "peg session delete")
    try:
        aside = folder.parent.parent / f"deleting-{folder.name}"
        folder.replace(aside)  # at once: a session is there whole or not at all
        shutil.rmtree(aside)
    finally:
        close(held)


@click.command()
@_ID
@click.option("--at", type=click.IntRange(1), metavar="N", help="Take over records 1 to N only.")
@reported
def fork(id_: str, at: int | None) -> None:
    """Begin a session that starts as another is, or was at record N."""
    sessions = sessions_here()
    source = folder_of(id_)
    forked = sessions.fork(source.name, program="peg session fork", at=at)
    forked.journal.close()
    carry(source, forked.journal.folder)
    if forked.note:
        click.echo(f"peg: {forked.note}", err=True)
    click.echo(forked.journal.session)


@click.command()
@click.option("--all", "everywhere", is_flag=True, help="Sessions of every folder, not only of this one.")
@reported
def tree(everywhere: bool) -> None:
    """Show which session was forked from which."""
    found = summaries(sessions_here(), None if everywhere else Path.cwd())
    for line in branches(found):
        click.echo(line)
    if not found:
        click.echo("no sessions", err=True)
