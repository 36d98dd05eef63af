"""`peg session export`, `share`, `import` and `repair`: sessions that leave, come, or come back."""

import sys
from pathlib import Path

import click

from pegboard.cli.completing import complete_sessions
from pegboard.cli.faults import reported
from pegboard.cli.session_rows import folder_of, sessions_here
from pegboard.cli.show import clipped
from pegboard_sdk.errors import Conflict

FORMS = ("journal", "markdown", "html", "json", "openai", "anthropic")
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("id_", metavar="[ID]", required=False, shell_complete=complete_sessions)
@click.option("--format", "form", type=click.Choice(FORMS), default="journal", show_default=True, help="The form.")
@click.option("-o", "--output", type=_FILE, metavar="FILE", help="Write to a new file instead of standard output.")
@reported
def export(id_: str | None, form: str, output: Path | None) -> None:
    """Print a session: its journal as it stands on disk, or the conversation in another form.

    `html` is one page without scripts; `openai` and `anthropic` are requests that those APIs take. What was rewound is
    in the journal alone. Without ID it is this folder's newest session.
    """
    from pegboard.cli.sharing.export import export as exported  # noqa: PLC0415 - `list` does not pay for it

    pieces = exported(folder_of(id_), form)
    if output is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        return
    try:
        with output.open("xb") as file:
            file.writelines(pieces)
    except FileExistsError as error:
        raise Conflict(f"{output} exists; name another file") from error
    click.echo(f"written to {output}", err=True)


@click.command()
@click.argument("words", metavar="[ID] FILE", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@reported
def share(words: tuple[str, ...], force: bool) -> None:
    """Write a session into one file, journal and blobs, which `peg session import` takes in elsewhere.

    It holds all that was said and read in the session. Without ID it is this folder's newest session.
    """
    from pegboard.cli.sharing.bundle import share as shared  # noqa: PLC0415

    if len(words) > 2:
        raise click.UsageError("give a session's id, if not the newest is meant, and a file")
    folder, file = folder_of(words[0] if len(words) == 2 else None), Path(words[-1])
    count = shared(folder, file, replace=force)
    click.echo(f"{folder.name}: {count} records written to {file}; whoever has the file can read all of them")


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@reported
def import_(file: Path) -> None:
    """Take in a session that was shared, with its hashes; a file that does not verify is refused whole."""
    from pegboard.cli.sharing.bundle import take_in  # noqa: PLC0415

    name = take_in(sessions_here(), file)
    click.echo(f"{name}: `peg session show {name}` shows it, `peg -r {name}` goes on with it here")


@click.command()
@click.argument("id_", metavar="[ID]", required=False, shell_complete=complete_sessions)
@reported
def repair(id_: str | None) -> None:
    """Take what can be read of a damaged session into a new one, and say what is lost.

    The damaged one stays as it is. Without ID it is this folder's newest session.
    """
    from pegboard.cli.sharing.repairing import repair as repaired  # noqa: PLC0415

    folder = folder_of(id_)
    found = repaired(sessions_here(), folder.name, Path.cwd(), program="peg session repair")
    if found is None:
        click.echo(f"{folder.name} is whole; nothing to repair")
        return
    for lost in found.lost:
        click.echo(f"record {lost.number}: {clipped(lost.why, 200)}")
    click.echo(f"{found.kept} records saved; {folder.name} stays as it is, `peg -r {found.session}` goes on")
