"""Asks a user's prompt again from where a session stood before it: of another model, or with another plugin.

The fork is a session like any other and stays; so does the folder that it worked in.
"""

import dataclasses
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from pegboard.cli.headless import ENDS
from pegboard.cli.holding import Holding, hold
from pegboard.cli.launch import launch
from pegboard.cli.replaying.judging import Judgement, Told, judged
from pegboard.cli.replaying.place import filled, name_of
from pegboard.cli.replaying.playing import Collecting
from pegboard.cli.replaying.recorded import Recorded, spoken
from pegboard.cli.replaying.running import Wanted, watching
from pegboard.cli.replaying.undone import changed_by
from pegboard.cli.session_rows import sessions_here
from pegboard.journal.verify import handles
from pegboard.transcript import Transcript
from pegboard_sdk.wire.records import Compacted, Evicted, Init, Message


class Point(Struct, frozen=True, kw_only=True):
    """Where a session is forked: behind record `border`; `prompt` is asked again, and what it led to ends at `end`."""

    border: int
    number: int
    """Of the prompt, counted from 1."""
    prompt: Message
    end: int


class Forked(Struct, frozen=True, kw_only=True):
    """What came of it."""

    session: str
    judgement: Judgement
    status: int


def point(recorded: Recorded, at: int) -> Point:
    """Behind the first `at` prompts that were not taken back. Raises UsageError where there is no further one."""
    folded = Transcript()
    for row in recorded.rows:
        if not isinstance(row.record, Evicted | Compacted):
            folded.apply(row.record, row.seq)
    found = [(unit.seq, unit.message) for unit in folded.requests() if unit.seq is not None]
    if at >= len(found):
        raise click.UsageError(f"--at {at}: the session has {len(found)} prompts, and the next one is asked again")
    seq, prompt = found[at]
    end = found[at + 1][0] - 1 if at + 1 < len(found) else recorded.rows[-1].seq
    return Point(border=seq - 1, number=at + 1, prompt=prompt, end=end)


@contextmanager
def _place(recorded: Recorded, where: Point, wanted: Wanted) -> Iterator[Path]:
    if wanted.workspace is not None:
        yield Path(wanted.workspace).resolve()
        return
    place = Path(tempfile.mkdtemp(prefix="pegboard-fork-")).resolve() / name_of(recorded)
    since = replace(recorded, rows=tuple(row for row in recorded.rows if row.seq > where.border))
    for note in filled(place, since, wanted.files, lambda one: changed_by(recorded, since=where.number)):
        click.echo(f"note: {note}", err=True)
    click.echo(f"the fork works in {place}, which stays", err=True)
    yield place


def fork(recorded: Recorded, at: int, model: str, wanted: Wanted) -> Forked:
    """Fork, ask, and compare what came with what was. Raises UsageError, and what keeps a session from running."""
    where = point(recorded, at)
    here = os.getcwd()
    with _place(recorded, where, wanted) as place:
        started = launch(
            dataclasses.replace(
                wanted.options, cwd=str(place), model=model or _model(recorded), resume=_copied(recorded, where)
            )
        )
        collecting = Collecting()

        async def run(holding: Holding) -> Forked:
            agent = holding.conversation.agent
            with watching(holding, wanted):
                agent.attach(collecting)
                closed = await agent.prompt(where.prompt)
            first = spoken([row for row in recorded.rows if row.seq <= where.border]) + 1
            was = [row for row in recorded.rows if where.border < row.seq <= where.end]
            one = Told(rows=was, folder=recorded.workspace)
            other = Told(rows=[row for row in collecting.rows if not isinstance(row.record, Init)], folder=str(place))
            judgement = await judged(holding, one, other, match=wanted.match, replayed=False, first=first)
            return Forked(session=agent.session.id, judgement=judgement, status=ENDS[closed.end])

        try:
            return hold(started, run)
        finally:
            os.chdir(here)


def _copied(recorded: Recorded, where: Point) -> str:
    """The fork's id. What the prompt names that lies beside the journal goes along."""
    sessions = sessions_here()
    forked = sessions.fork(recorded.session, program="peg replay fork", at=where.border)
    try:
        forked.journal.blobs.borrow(sessions.folder / recorded.session / "blobs", handles(where.prompt))
    finally:
        forked.journal.close()
    return forked.journal.session


def _model(recorded: Recorded) -> str:
    """That of the session, as it last said it."""
    named = [row.record.model for row in recorded.rows if isinstance(row.record, Init) and row.record.model]
    return named[-1] if named else ""
