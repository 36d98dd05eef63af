"""`peg resume`, `continue` and `fork`: choosing the session to go on with, then going on."""

import sys
from pathlib import Path

import click

from pegboard.cli.completing import complete_sessions
from pegboard.cli.faults import reported
from pegboard.cli.folders.keeping import carry
from pegboard.cli.options import Options
from pegboard.cli.session_rows import folder_of, hits, row, sessions_here
from pegboard.cli.show import clipped
from pegboard_sdk.errors import NotFound

_SHOWN = 15


@click.command()
@click.argument("id_", metavar="[ID]", required=False, shell_complete=complete_sessions)
@click.argument("words", metavar="[PROMPT]", nargs=-1)
@click.option("--last", is_flag=True, help="This folder's newest session, unasked.")
@click.option("--all", "everywhere", is_flag=True, help="Offer sessions of every folder.")
@click.pass_context
def resume(ctx: click.Context, id_: str | None, words: tuple[str, ...], last: bool, everywhere: bool) -> None:
    """Go on with a session; without ID, choose one from a list that can be searched."""
    if last:
        words, id_ = ((id_, *words) if id_ else words), None
    _go_on(ctx, Options(resume=_chosen(id_, last=last, everywhere=everywhere)), words)


@click.command("continue")
@click.argument("words", metavar="[PROMPT]", nargs=-1)
@click.pass_context
def continue_(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Go on with this folder's newest session."""
    _go_on(ctx, Options(continue_last=True), words)


@click.command("fork")
@click.argument("id_", metavar="[ID]", required=False, shell_complete=complete_sessions)
@click.argument("words", metavar="[PROMPT]", nargs=-1)
@click.option("--last", is_flag=True, help="This folder's newest session, unasked.")
@click.option("--at", type=click.IntRange(1), metavar="N", help="Take over records 1 to N only.")
@click.pass_context
def fork_and_go_on(ctx: click.Context, id_: str | None, words: tuple[str, ...], last: bool, at: int | None) -> None:
    """Go on in a copy of a session; the session itself stays as it is."""
    if last:
        words, id_ = ((id_, *words) if id_ else words), None
    name = _chosen(id_, last=last, everywhere=False)
    _go_on(ctx, Options(resume=_forked(name, at)), words)


@reported
def _forked(name: str, at: int | None) -> str:
    sessions = sessions_here()
    forked = sessions.fork(name, program="peg fork", at=at)
    forked.journal.close()
    carry(sessions.folder / name, forked.journal.folder)
    click.echo(f"peg: {forked.note or f'{forked.journal.session} is a copy of {name}'}", err=True)
    return forked.journal.session


@reported
def _chosen(id_: str | None, *, last: bool, everywhere: bool) -> str:
    """The session that was named or picked. Raises NotFound; asks only on a terminal."""
    if id_ or last:
        return folder_of(id_).name
    if not sys.stdin.isatty():
        raise click.UsageError("name a session, or give --last; there is no terminal to choose on")
    return _picked(None if everywhere else Path.cwd())


def _picked(workspace: Path | None) -> str:
    """Ask until one is chosen: a number takes it, words search, nothing leaves."""
    words = ""
    while True:
        found = hits(sessions_here(), workspace, _SHOWN, words)
        if not found and not words:
            raise NotFound("no session of this folder; --all offers those of others")
        for number, hit in enumerate(found, start=1):
            click.echo(clipped(f"{number:3}  {row(hit.summary)}", 120), err=True)
        if not found:
            click.echo(f"no session with {words!r}", err=True)
        said = str(click.prompt("Number, words to search for, or nothing to leave", default="", show_default=False))
        if not said.strip():
            raise click.Abort
        if said.strip().isdecimal() and 1 <= int(said) <= len(found):
            return found[int(said) - 1].summary.id
        words = said


def _go_on(ctx: click.Context, options: Options, words: tuple[str, ...]) -> None:
    """As `peg -r` does: a conversation on a terminal, one prompt elsewhere."""
    from pegboard.cli.prompting import converse, run_once  # noqa: PLC0415 - `--help` does not pay for it

    both = ctx.obj.options.with_later(options)
    prompt = " ".join(part for part in (ctx.obj.once or "", *words) if part)
    once = ctx.obj.once is not None or not sys.stdin.isatty()
    ctx.exit(run_once(prompt, both) if once else converse(prompt, both))
