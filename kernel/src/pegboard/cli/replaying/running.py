"""Plays what is recorded: lays out its workspace, opens a session that nobody keeps, and hands out what came of it."""

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click
from msgspec import Struct

from pegboard.cli.converse import Terminal
from pegboard.cli.exits import Exit
from pegboard.cli.fronts import Progress
from pegboard.cli.headless import ENDS
from pegboard.cli.holding import Holding, hold
from pegboard.cli.keyboard import Key, Keyboard
from pegboard.cli.launch import launch
from pegboard.cli.options import Options
from pegboard.cli.replaying.judging import Judgement, Told, judged
from pegboard.cli.replaying.place import place_of
from pegboard.cli.replaying.playing import MODEL, Collecting, Pause, is_own_end, play
from pegboard.cli.replaying.recorded import Played, Recorded, Row, runs
from pegboard.cli.replaying.recording import changed_plugins
from pegboard.cli.replaying.undone import changed_by
from pegboard.cli.show import clipped
from pegboard_sdk.errors import CallCancelled
from pegboard_sdk.wire.records import Answer, AnyRecord, Closed, Ending, Failure, Message, Question, Text, ToolCall
from pegboard_sdk.wire.replaying import Match

NOTHING: Final = "the record has no turn of a model; there is nothing to play"


class Wanted(Struct, frozen=True, kw_only=True):
    """How a person wants it played. `options` are those of any run; their `cwd` and model are ours."""

    options: Options
    workspace: str | None = None
    files: str | None = None
    match: Match = Match.TOLERANT
    step: bool = False
    is_script: bool = False
    """Standard output is not a person's; nobody is asked."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of a check, and what may explain it."""

    judgement: Judgement
    notes: tuple[str, ...]


def played(recorded: Recorded) -> tuple[Played, ...]:
    """The runs of a record. Raises UsageError where there are none."""
    found = tuple(runs(recorded.rows))
    if not found:
        raise click.UsageError(f"{clipped(recorded.source, 200)}: {NOTHING}")
    return found


def check(recorded: Recorded, wanted: Wanted) -> Outcome:
    """Play it without anybody to ask, and compare. Raises UsageError, and what keeps a session from running."""
    found = played(recorded)
    collecting = Collecting()

    async def run(holding: Holding) -> Judgement:
        holding.conversation.agent.attach(collecting)
        closed = await play(holding, found)
        if closed is None or closed.end is Ending.INTERRUPTED:
            raise CallCancelled("interrupted")
        now = Told(rows=collecting.rows, folder=str(holding.started.workspace))
        was = Told(rows=recorded.rows, folder=recorded.workspace)
        return await judged(holding, was, now, match=wanted.match, replayed=True)

    here = os.getcwd()
    with place_of(recorded, workspace=wanted.workspace, files=wanted.files, known=changed_by) as (place, unknown):
        try:
            started = launch(options_for(wanted, str(place)))
            judgement = hold(started, run)
            notes = (*changed_plugins(recorded, started.registry), *_failures(collecting.rows), *unknown)
            return Outcome(judgement=judgement, notes=notes)
        finally:
            os.chdir(here)


def _failures(rows: Sequence[Row]) -> Iterator[str]:
    """What went wrong while it played, which may be why something differs."""
    found = [row.record for row in rows if isinstance(row.record, Failure)]
    yield from (f"{record.code}: {record.message}" for record in found if not is_own_end(record))


def show(recorded: Recorded, wanted: Wanted) -> int:
    """Play it before a person, who is asked as in any run where there is a terminal. Returns the exit status."""
    found = played(recorded)

    async def run(holding: Holding) -> int:
        with watching(holding, wanted) as keyboard:
            return _status(await play(holding, found, pause=_steps(keyboard) if wanted.step else None))

    here = os.getcwd()
    with place_of(recorded, workspace=wanted.workspace, files=wanted.files, known=changed_by) as (place, unknown):
        click.echo(f"{clipped(recorded.source, 200)} plays in {place}", err=True)
        for note in unknown:
            click.echo(f"note: {clipped(note, 300)}", err=True)
        try:
            return hold(launch(options_for(wanted, str(place))), run)
        finally:
            os.chdir(here)


@contextmanager
def watching(holding: Holding, wanted: Wanted) -> Iterator[Keyboard]:
    """Show what happens on standard output, and ask there where it is a terminal."""
    conversation, verbose = holding.conversation, wanted.options.verbose
    with Keyboard() as keyboard:
        asks = keyboard if os.isatty(0) and os.isatty(1) and not wanted.is_script else None
        screen = _Screen(verbose=verbose, keyboard=asks, interrupt=conversation.interrupt)
        conversation.agent.attach(Progress(sys.stderr) if wanted.is_script else screen)
        yield keyboard


def compare(one: Recorded, other: Recorded, match: Match) -> Judgement:
    """Compare two records; nothing of them runs. Raises StartFailed without the plugin that compares."""

    async def run(holding: Holding) -> Judgement:
        sides = [Told(rows=each.rows, folder=each.workspace) for each in (one, other)]
        return await judged(holding, *sides, match=match, replayed=False)

    return hold(launch(Options(no_session=True, model="none/none"), takes_prompts=False), run, lone=True)


def _status(closed: Closed | None) -> int:
    """The last run's; that the record ends before the model did is a good end."""
    if closed is None:
        return Exit.INTERRUPTED
    return Exit.DONE if closed.end is Ending.LIMIT_TURNS else ENDS[closed.end]


class _Screen:
    """A terminal that also shows what the user said."""

    def __init__(self, *, verbose: bool, keyboard: Keyboard | None, interrupt: Callable[[], object]) -> None:
        self._terminal = Terminal(verbose=verbose, keyboard=keyboard, interrupt=interrupt)

    def show(self, record: AnyRecord) -> None:
        """A line of the user's, and what a terminal shows of everything else."""
        for line in user_lines(record):
            click.echo(line)
        if not is_own_end(record):
            self._terminal.show(record)

    async def ask(self, question: Question) -> Answer | None:
        """As the terminal does."""
        return await self._terminal.ask(question)


def user_lines(record: AnyRecord) -> Sequence[str]:
    """What the user said, as a terminal shows what was typed."""
    if not isinstance(record, Message) or record.role.value != "user":
        return ()
    said = " ".join(part.text for part in record.parts if isinstance(part, Text) and not part.origin)
    return (f"> {clipped(said, 2000)}",)


def coming(message: Message) -> str:
    """What comes next, in one line."""
    calls = [f"{part.tool} {part.arguments}" for part in message.parts if isinstance(part, ToolCall)]
    text = " ".join(part.text for part in message.parts if isinstance(part, Text))
    return clipped("; ".join(calls) if calls else f"the answer: {text}", 160)


def _steps(keyboard: Keyboard) -> Pause:
    async def pause(message: Message) -> bool:
        return not isinstance(await keyboard.line(f"next: {coming(message)}\n[Enter goes on, Ctrl-D leaves] "), Key)

    return pause


def options_for(wanted: Wanted, place: str) -> Options:
    """The options of the run that plays."""
    return dataclasses.replace(wanted.options, cwd=place, model=MODEL, no_session=True)
