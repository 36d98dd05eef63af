"""Sessions as rows and as a tree, for people."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from pegboard.cli.searching import Hit, search
from pegboard.cli.show import safe
from pegboard.cli.summaries import Summary, summaries
from pegboard.places import Places
from pegboard.sessions import Sessions


def sessions_here() -> Sessions:
    """Those of this user."""
    return Sessions(Places.from_environ(os.environ).state)


def folder_of(id_: str | None) -> Path:
    """The folder of the session whose id begins so, or of this folder's newest. Raises NotFound, UsageError."""
    sessions = sessions_here()
    name = sessions.resolve(id_) if id_ else sessions.newest(Path.cwd())
    if name is None:
        raise click.UsageError("no session of this folder; name one")
    return sessions.folder / name


def hits(sessions: Sessions, workspace: Path | None, limit: int, words: str) -> list[Hit]:
    """The newest, or those with all of the words."""
    if words.split():
        return list(search(sessions, words, workspace, limit))
    return [Hit(summary=one) for one in summaries(sessions, workspace, limit)]


def row(one: Summary) -> str:
    """A line about a session."""
    begun = one.begun[:16].replace("T", " ")
    return f"{one.id}  {begun}  {one.end:12} {one.turns:4} turns  {safe(one.title)}"


def branches(found: Sequence[Summary]) -> Iterator[str]:
    """The sessions below those that they were forked from; oldest first, and each just once whatever they claim."""
    known = {one.id: one for one in found}
    below: dict[str, list[Summary]] = defaultdict(list)
    for one in sorted(found, key=lambda one: one.id):
        # A fork is younger than what it was forked from; what says otherwise stands by itself.
        below[one.parent if one.parent in known and one.parent < one.id else ""].append(one)

    waiting = [(0, one) for one in reversed(below[""])]
    while waiting:
        depth, one = waiting.pop()
        mark = "   " * (depth - 1) + "└─ " if depth else ""
        gone = f"  (of {safe(one.parent)}, which is not here)" if one.parent and not depth else ""
        yield mark + row(one) + gone
        waiting += [(depth + 1, child) for child in reversed(below[one.id])]
