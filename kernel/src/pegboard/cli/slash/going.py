"""`/clear`, `/resume`, `/fork`, `/tree`, `/rewind` and `/rename`: from session to session, and back in this one."""

from pathlib import Path
from typing import Final

from msgspec.structs import replace

from pegboard.cli.conversing.taking_up import take_up
from pegboard.cli.folders.admitting import add
from pegboard.cli.folders.keeping import carry, kept
from pegboard.cli.session_changes import said
from pegboard.cli.session_rows import branches, hits, row
from pegboard.cli.show import clipped
from pegboard.cli.slash.asking import choose
from pegboard.cli.slash.offered import run_command
from pegboard.cli.slash.scene import Scene
from pegboard.cli.summaries import summaries
from pegboard.sessions import Sessions
from pegboard.transcript import Unit
from pegboard_sdk.errors import InvalidParams, NotFound
from pegboard_sdk.wire.fronting import Said
from pegboard_sdk.wire.records import Rewound, Titled

_SHOWN: Final = 20
_WHAT: Final = ("conversation", "files", "both")


def _sessions(scene: Scene) -> Sessions:
    return Sessions(scene.started.places.state)


async def clear(scene: Scene, rest: str) -> Said:
    """A new session; the old one stays."""
    old, added = scene.session.id, kept(scene.session.journal.folder)
    await scene.talk.switch(replace(scene.talk.start, resume="", fork=False), reason="clear")
    scene.talk.waiting.settle()
    for folder in added:
        await add(scene.ground, scene.talk.agent, folder.path)
    return Said(text=f"a new session; `/resume {old}` goes back")


async def resume(scene: Scene, rest: str) -> Said:
    """Another session, by its id, or chosen from those that match."""
    sessions = _sessions(scene)
    if rest and any(each.startswith(rest) for each in sessions.ids()):
        return await _resumed(scene, sessions.resolve(rest))
    found = [
        hit for hit in hits(sessions, Path(scene.session.workspace), _SHOWN, rest) if _is_other(scene, hit.summary.id)
    ]
    if not found:
        raise NotFound(f"no other session {f'with {rest!r} ' if rest else ''}of this folder")
    rows = [clipped(row(hit.summary), 110) for hit in found]
    chosen = await choose(scene, "Which session?", rows)
    if not chosen:
        return Said(text="\n".join(rows) + "\n`/resume ID` goes on with one of them")
    return await _resumed(scene, found[rows.index(chosen)].summary.id)


def _is_other(scene: Scene, name: str) -> bool:
    return name != scene.session.id


async def _resumed(scene: Scene, name: str) -> Said:
    if not _is_other(scene, name):
        raise InvalidParams("that is this session")
    await scene.talk.switch(replace(scene.talk.start, resume=name, fork=False, ephemeral=False), reason="resume")
    notes = await take_up(scene.ground, scene.talk)
    return Said(text="\n".join((f"session {name}", *notes)))


async def fork(scene: Scene, rest: str) -> Said:
    """A copy of this session, up to a record where one is named; this one stays as it is."""
    if rest and not rest.isdecimal():
        raise InvalidParams(f"{rest!r} is no record's number; `/fork` takes all, `/fork N` the records 1 to N")
    if scene.talk.start.ephemeral:
        raise InvalidParams("this session is not kept (--no-session), so there is nothing to fork")
    old = scene.session.id
    forked = _sessions(scene).fork(old, program="/fork", at=int(rest) if rest else None)
    forked.journal.close()
    carry(scene.session.journal.folder, forked.journal.folder)
    await scene.talk.switch(replace(scene.talk.start, resume=forked.journal.session, fork=False), reason="fork")
    await take_up(scene.ground, scene.talk)
    note = f" ({forked.note})" if forked.note else ""
    return Said(text=f"a copy of {old} up to record {forked.through}{note}; `/resume {old}` goes back")


async def tree(scene: Scene, rest: str) -> Said:
    """Sessions of this folder below those that they come from; this one marked."""
    lines = branches(summaries(_sessions(scene), Path(scene.session.workspace)))
    return Said(text="\n".join(f"{line}  ← here" if scene.session.id in line else line for line in lines))


async def rename(scene: Scene, rest: str) -> Said:
    """A title for lists."""
    title = " ".join(rest.split())
    if not title:
        raise InvalidParams("give a title: /rename TITLE (everything is saved as it happens)")
    scene.session.record(Titled(title=title))
    await scene.session.settle()
    return Said(text=f"this session is called {title}")


async def rewind(scene: Scene, rest: str) -> Said:
    """Back to before a message of the user: what was said since, the files changed since, or both."""
    if scene.talk.busy:
        raise InvalidParams("something runs; interrupt it first (Esc, Ctrl-C)")
    turns = scene.session.transcript.requests()
    if not turns:
        raise NotFound("nothing was said yet")
    number, what = _asked(rest, len(turns))
    if not number:
        number = await _turn(scene, turns)
    if not number:
        rows = [f"{index:3}  {clipped(said(unit.message), 90)}" for index, unit in enumerate(turns, start=1)]
        return Said(text="\n".join(rows) + "\n`/rewind N` goes back to before one of them")
    if not what:
        what = await choose(scene, "Take back what?", _WHAT) or "conversation"
    notes = []
    if what in {"files", "both"}:
        notes.append(await run_command(scene, "undo", f"--to-turn {turns[number - 1].prompt - 1}"))
    if what in {"conversation", "both"}:
        notes.append(await _taken_back(scene, number, turns[number - 1]))
        return Said(text="\n".join(notes), draft=said(turns[number - 1].message))
    return Said(text="\n".join(notes))


def _asked(rest: str, most: int) -> tuple[int, str]:
    """The turn and what to take back, as far as they were typed."""
    number, what = 0, ""
    for word in rest.split():
        if word.isdecimal() and 1 <= int(word) <= most:
            number = int(word)
        elif word in _WHAT:
            what = word
        else:
            raise InvalidParams(f"{word!r}: give a turn from 1 to {most}, and {', '.join(_WHAT[:2])} or both")
    return number, what


async def _turn(scene: Scene, turns: tuple[Unit, ...]) -> int:
    rows = [f"{index} {clipped(said(unit.message), 70)}" for index, unit in enumerate(turns, start=1)]
    chosen = await choose(scene, "Back to before which message?", rows[::-1])
    return rows.index(chosen) + 1 if chosen else 0


async def _taken_back(scene: Scene, number: int, turn: Unit) -> str:
    scene.session.record(Rewound(to=turn.seq - 1, reason="/rewind"))
    await scene.session.settle()
    await scene.talk.redraw()
    return f"back to before message {number}; what was said since is in the journal alone"
