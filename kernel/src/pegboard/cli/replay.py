"""`peg replay`: a recorded session plays again, is checked, compared, forked, or written to one file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import click

from pegboard.cli.completing import complete_sessions
from pegboard.cli.exits import Exit
from pegboard.cli.faults import exit_of, reported
from pegboard.cli.lazy import Whole
from pegboard.cli.options import MODES, Options
from pegboard_sdk.errors import PegboardError

F = TypeVar("F", bound=Callable[..., Any])

PACE_MS: Final = 12
_FOLDER = click.Path(exists=True, file_okay=False)
_NAMED = click.argument("named", metavar="SESSION|FILE", shell_complete=complete_sessions)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for scripts.")
_MATCH = click.option(
    "--match", type=click.Choice(("tolerant", "strict")), default="tolerant", show_default=True,
    help="What counts as the same: but for times, paths of the workspace and their like, or to the byte.",
)  # fmt: skip
_RIGHTS: Final = (
    click.option("--mode", type=click.Choice(MODES), help="What passes without a question."),
    click.option("--allow", multiple=True, metavar="RULE", help="Allow, such as 'bash(make test)'."),
    click.option("--deny", multiple=True, metavar="RULE", help="Deny; beats every allow."),
    click.option("--set", "settings", multiple=True, metavar="K=V", help="Set a configuration key for this run."),
    click.option("--no-sandbox", is_flag=True, help="Run without the operating system's sandbox."),
    click.option("-v", "--verbose", is_flag=True, help="Show the output of tools too."),
)
_INSTEAD: Final = click.option(
    "--plugin", "instead", multiple=True, metavar="NAME=PATH",
    help="The plugin of this folder or Python environment in the place of the installed one.",
)  # fmt: skip
_PLACE: Final = (
    click.option("--workspace", type=_FOLDER, metavar="DIR", help="Play in this folder itself, not in a copy."),
    click.option("--files", type=_FOLDER, metavar="DIR", help="Begin with a copy of this folder."),
)


def _wanted(typed: dict[str, Any], **more: Any) -> Any:  # noqa: ANN401 - a type that is imported late
    from pegboard.cli.replaying.running import Wanted  # noqa: PLC0415 - `--help` pays for click alone

    place = {name: typed.pop(name) for name in ("workspace", "files")}
    return Wanted(options=Options(**typed), **place, **more)


@contextmanager
def _apart_from_a_difference() -> Iterator[None]:
    """What could not be played or compared does not end as what differs does."""
    try:
        yield
    except PegboardError as error:
        if exit_of(error) is Exit.FAILURE:
            raise click.UsageError(error.message) from error
        raise


class Replays(Whole):
    """`peg replay --check` is `peg replay check`, for those who look for a flag."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the flag for the command."""
        return super().parse_args(ctx, ["check", *args[1:]] if args[:1] == ["--check"] else args)


def _with(*options: Callable[[F], F]) -> Callable[[F], F]:
    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@click.group(cls=Replays)
def replay() -> None:
    """Play recorded sessions again, check, compare, fork and record them.

    A record is a session of this machine (id, its beginning, or title), or a file: a journal (`peg session export`), a
    shared session, or what `peg replay record` wrote.
    """


@replay.command()
@_NAMED
@click.option("--step", is_flag=True, help="Wait for Enter before each turn, and show what comes next.")
@click.option(
    "--tools", type=click.Choice(("real", "recorded")), default="real", show_default=True,
    help="Run the tools, or show what the record has of them and run nothing.",
)  # fmt: skip
@click.option("--pace", type=click.IntRange(0, 10_000), default=PACE_MS, show_default=True, help="Milliseconds a word.")
@_with(*_PLACE, _INSTEAD, *_RIGHTS)
@reported
def play(named: str, step: bool, tools: str, pace: int, **typed: Any) -> None:  # noqa: ANN401
    """Play a session again with the recorded model, in a copy of its workspace."""
    from pegboard.cli.replaying.running import show  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.replaying.shown import show_record  # noqa: PLC0415
    from pegboard.cli.replaying.source import recorded  # noqa: PLC0415

    found = recorded(named)
    if tools == "recorded":
        seen = show_record(found, step=_enter if step else None, pace_s=pace / 1000, verbose=typed["verbose"])
        sys.exit(Exit.DONE if seen else Exit.INTERRUPTED)
    typed["settings"] = (f"plugin.replay.pace_ms={pace}", *typed["settings"])
    sys.exit(show(found, _wanted(typed, step=step)))


def _enter(coming: str) -> bool:
    click.echo(f"next: {coming}\n[Enter goes on, Ctrl-D leaves] ", nl=False)
    return bool(sys.stdin.readline())


@replay.command()
@click.argument("named", metavar="SESSION|FILE...", nargs=-1, required=True, shell_complete=complete_sessions)
@_MATCH
@_JSON
@_with(*_PLACE, _INSTEAD, *_RIGHTS)
@reported
def check(named: tuple[str, ...], match: str, as_json: bool, **typed: Any) -> None:  # noqa: ANN401
    """Play records with today's tools, and compare each result with the recorded one: a regression test.

    Ends with 0 when nothing differs, 1 with the first difference, 2 for what cannot be played.
    """
    from pegboard.cli.replaying.running import check as checked  # noqa: PLC0415
    from pegboard.cli.replaying.running import played  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.replaying.source import recorded  # noqa: PLC0415
    from pegboard.cli.replaying.telling import check_json, check_lines  # noqa: PLC0415
    from pegboard_sdk.wire.replaying import Match  # noqa: PLC0415

    found = [recorded(each) for each in named]
    for one in found:
        played(one)
    wanted = _wanted(typed, match=Match(match))
    differs = False
    for one in found:
        with _apart_from_a_difference():
            outcome = checked(one, wanted)
        differs = differs or bool(outcome.judgement.differences)
        if as_json:
            click.echo(check_json(one, outcome.judgement, outcome.notes))
        else:
            for line in check_lines(one, outcome.judgement, outcome.notes):
                click.echo(line)
    sys.exit(Exit.FAILURE if differs else Exit.DONE)


@replay.command()
@click.argument("one", metavar="ONE", shell_complete=complete_sessions)
@click.argument("other", metavar="OTHER", shell_complete=complete_sessions)
@_MATCH
@_JSON
@reported
def compare(one: str, other: str, match: str, as_json: bool) -> None:
    """Say where two sessions part first, and what each took, turn by turn. Ends with 1 when they part."""
    from pegboard.cli.replaying.running import compare as compared  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.replaying.source import recorded  # noqa: PLC0415
    from pegboard_sdk.wire.replaying import Match  # noqa: PLC0415

    sides = recorded(one), recorded(other)
    with _apart_from_a_difference():
        judgement = compared(*sides, Match(match))
    _tell((sides[0].source, sides[1].source), judgement, as_json=as_json)
    sys.exit(Exit.FAILURE if judgement.differences else Exit.DONE)


def _tell(names: tuple[str, str], judgement: Any, *, as_json: bool) -> None:  # noqa: ANN401 - a type imported late
    from pegboard.cli.replaying.telling import compare_json, compare_lines  # noqa: PLC0415

    for line in [compare_json(names, judgement)] if as_json else compare_lines(names, judgement):
        click.echo(line)


@replay.command()
@click.argument("named", metavar="SESSION", shell_complete=complete_sessions)
@click.option(
    "--at", type=click.IntRange(0), required=True, metavar="N", help="Keep the first N prompts, ask the next."
)
@click.option("-m", "--model", default="", metavar="PROVIDER/ID", help="The model to ask; else the session's.")
@_JSON
@_with(*_PLACE, _INSTEAD, *_RIGHTS)
@reported
def fork(named: str, at: int, model: str, as_json: bool, **typed: Any) -> None:  # noqa: ANN401
    """Ask a prompt of a session again, of another model or with another plugin, and compare the answers.

    The fork is a session of its own. It works in a copy of the workspace, which stays.
    """
    from pegboard.cli.replaying.forking import fork as forked  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.replaying.source import recorded  # noqa: PLC0415

    found = recorded(named)
    if not found.is_ours:
        raise click.UsageError(f"{named} is a file; `peg session import` makes a session of it, which can be forked")
    came = forked(found, at, model, _wanted(typed, is_script=as_json))
    _tell((found.source, f"session {came.session}"), came.judgement, as_json=as_json)
    click.echo(f"peg -r {came.session} goes on with the fork", err=True)
    sys.exit(came.status)


@replay.command()
@_NAMED
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False), metavar="FILE", help="The file to write."
)
@click.option("--files", type=_FOLDER, metavar="DIR", help="The workspace as it was at the start, such as a checkout.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@reported
def record(named: str, output: str, files: str | None, force: bool) -> None:
    """Write a session into one file that `peg replay check` takes anywhere: records, plugins, files it began with."""
    from pegboard.cli.replaying.recording import write  # noqa: PLC0415 - `--help` pays for click alone
    from pegboard.cli.replaying.source import recorded  # noqa: PLC0415

    made = write(recorded(named), output, files, replace_it=force)
    for missing in made.missing:
        click.echo(f"not in it: {missing}", err=True)
    click.echo(
        f"{output}: {len(made.rows)} records, {len(made.files or ())} files; `peg replay check {output}` plays it"
    )
