"""Asks a user's prompt again from where a session stood before it: of another model, or with another plugin.

The fork is a session like any other and stays; so does the folder that it worked in.
"""

import dataclasses
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from pegboard.cli.headless import ENDS
from pegboard.cli.holding import Holding, hold
from pegboard.cli.launch import Launch, launch
from pegboard.cli.replaying.judging import Judgement, Told, judged
from pegboard.cli.replaying.place import filled, name_of
from pegboard.cli.replaying.playing import Collecting
from pegboard.cli.replaying.recorded import Recorded, spoken
from pegboard.cli.replaying.running import Wanted, watching
from pegboard.cli.replaying.undone import changed_by
from pegboard.cli.session_rows import sessions_here
from pegboard.cli.show import clipped
from pegboard.journal.verify import handles
from pegboard.models.providers import check_provider
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


def fork(recorded: Recorded, at: int, model: str, wanted: Wanted) -> Forked:
    """Fork, ask, and compare what came with what was. Raises UsageError, and what keeps a session from running."""
    where = point(recorded, at)
    here = os.getcwd()
    try:
        with ExitStack() as unless_forked:
            place = _place(recorded, where, wanted, unless_forked)
            started = launch(dataclasses.replace(wanted.options, cwd=str(place), model=model or _model(recorded)))
            check_provider(started.target, started.registry)
            options = dataclasses.replace(started.options, resume=_copied(recorded, where))
            unless_forked.pop_all()
        return _asked(recorded, where, wanted, replace(started, options=options))
    finally:
        os.chdir(here)


def _place(recorded: Recorded, where: Point, wanted: Wanted, held: ExitStack) -> Path:
    """Its folder: a copy of the workspace as it was before the prompt, which goes when `held` ends."""
    if wanted.workspace is not None:
        return Path(wanted.workspace).resolve()
    folder = Path(tempfile.mkdtemp(prefix="pegboard-fork-")).resolve()
    held.callback(shutil.rmtree, folder, ignore_errors=True)
    place = folder / name_of(recorded)
    since = replace(recorded, rows=tuple(row for row in recorded.rows if row.seq > where.border))
    for note in filled(place, since, wanted.files, lambda _: changed_by(recorded, since=where.number)):
        click.echo(f"note: {clipped(note, 300)}", err=True)
    return place


def _asked(recorded: Recorded, where: Point, wanted: Wanted, started: Launch) -> Forked:
    click.echo(f"the fork works in {started.workspace}, which stays", err=True)
    collecting = Collecting()

    async def run(holding: Holding) -> Forked:
        agent = holding.conversation.agent
        with watching(holding, wanted):
            agent.attach(collecting)
            closed = await agent.prompt(where.prompt)
        first = spoken([row for row in recorded.rows if row.seq <= where.border]) + 1
        was = [row for row in recorded.rows if where.border < row.seq <= where.end]
        now = [row for row in collecting.rows if not isinstance(row.record, Init)]
        one, other = Told(rows=was, folder=recorded.workspace), Told(rows=now, folder=str(started.workspace))
        judgement = await judged(holding, one, other, match=wanted.match, replayed=False, first=first)
        return Forked(session=agent.session.id, judgement=judgement, status=ENDS[closed.end])

    return hold(started, run)


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
