"""`peg attach`: another terminal for a session that a process holds."""

import os
from pathlib import Path

import click

from pegboard.cli.attaching.place import held
from pegboard.cli.completing import complete_held
from pegboard.cli.exits import Exit
from pegboard.cli.faults import reported
from pegboard.cli.installed import places_here
from pegboard.cli.options import Options
from pegboard.cli.show import safe
from pegboard.places import Places
from pegboard.sessions import Sessions
from pegboard_sdk.errors import NotFound


@click.command()
@click.argument("id_", metavar="[ID]", required=False, shell_complete=complete_held)
@click.option("--plain", is_flag=True, help="Converse line by line, whatever front-end is installed.")
@click.pass_context
def attach(ctx: click.Context, id_: str | None, plain: bool) -> None:
    """Join a session that another process holds: see the same, say something, answer.

    Without ID it is the session that is held in this folder, else the only one that is held. Leaving ends nothing.
    """
    ctx.exit(_attach(id_, ctx.obj.options.with_later(Options(plain=plain))))


@reported
def _attach(id_: str | None, options: Options) -> int:
    places = places_here()
    session = Sessions(places.state).resolve(id_) if id_ else _chosen(places)
    if not session:
        return Exit.USAGE
    from pegboard.cli.attaching.attached import visit  # noqa: PLC0415
    from pegboard.cli.attaching.outfit import outfit  # noqa: PLC0415 - `--help` does not pay for it

    init = Sessions(places.state).first(session)
    return visit(outfit(options, Path(init.workspace if init else os.curdir)), session)


def _chosen(places: Places) -> str:
    """The session that is meant; empty when several may be, which are listed then. Raises NotFound for none."""
    sessions, found = Sessions(places.state), held(places)
    if not found:
        raise NotFound("no session is held by a process; `peg` begins one, `peg -c` goes on with one")
    workspaces = {session: init.workspace for session in found if (init := sessions.first(session))}
    here = [session for session, workspace in workspaces.items() if workspace == str(Path.cwd().resolve())]
    if len(here) == 1 or len(found) == 1:
        return (here or found)[0]
    click.echo("peg: several sessions are held; say which: `peg attach ID`", err=True)
    for session in reversed(found):
        click.echo(f"{session}  {safe(workspaces.get(session, ''))}", err=True)
    return ""
