"""Undo, redo and diff of one workspace, over its index, its contents and its ledger. The caller holds its lock."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from pegboard_sdk.diff import diff
from pegboard_undo import words
from pegboard_undo.apply import OPEN, Applying
from pegboard_undo.entry import Change, Entry, Kind, is_same
from pegboard_undo.ledger import Step, Undo
from pegboard_undo.place import above_of, joined
from pegboard_undo.plan import Conflict, Plan, plan
from pegboard_undo.workspace import Workspace

SHOWN_BYTES: Final = 1 << 18
SHOWN_FILES: Final = 50


class Told(Struct, frozen=True):
    """What was done in one workspace."""

    done: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]

    def lines(self) -> list[str]:
        """For people."""
        return [*words.moved(self.done), *words.conflicting(self.conflicts)]


def _backwards(workspace: Workspace, move: Change) -> Change:
    """A move that was begun, perhaps: a folder that it opened up counts as the one that it found."""
    now = workspace.tree.entry(move.path)
    is_open = now is not None and now.kind is Kind.FOLDER and now.mode & OPEN == OPEN
    is_begun = is_open and any(side is not None and side.kind is Kind.FOLDER for side in (move.before, move.after))
    return Change(move.path, move.after, now if is_begun else move.before)


class Planned(Struct, frozen=True):
    """How an undo is written down: what it belongs together with, in words, which calls it takes back or which undo."""

    grouped: int
    words: str
    steps: tuple[int, ...] = ()
    redoes: int = 0


def undo(workspace: Workspace, session: str, since: int, grouped: int) -> Told:
    """Take back what the session did from a prompt on. Raises sqlite3.Error when that cannot be written down first."""
    _at_once(workspace, (change.path for step in workspace.ledger.standing(session, since) for change in step.changes))
    steps = workspace.ledger.standing(session, since)
    changes = [change for step in steps for change in reversed(step.changes)]
    said = "the undo of prompt " + ", ".join(str(prompt) for prompt in sorted({step.prompt for step in steps}))
    return _carried(workspace, session, changes, Planned(grouped, said, steps=tuple(step.step for step in steps)))


def undo_step(workspace: Workspace, session: str, step: Step, grouped: int) -> Told:
    """Take back one call."""
    _at_once(workspace, (change.path for change in step.changes))
    (step,) = (each for each in workspace.ledger.standing(session) if each.step == step.step)
    plan_as = Planned(grouped, f"the undo of `{step.said}`", steps=(step.step,))
    return _carried(workspace, session, reversed(step.changes), plan_as)


def redo(workspace: Workspace, session: str, last: Undo, grouped: int) -> Told:
    """Take back an undo."""
    said = last.words.replace("the undo", "the redo", 1)
    return _carried(workspace, session, reversed(last.moves), Planned(grouped, said, redoes=last.undo))


def finished(workspace: Workspace) -> list[str]:
    """Carry to their end what a kill has cut off; what that did, in words."""
    said: list[str] = []
    while (last := workspace.ledger.cut_off()) is not None:
        backwards = [_backwards(workspace, move) for move in last.moves]
        _at_once(workspace, (change.path for change in backwards))
        told = _applied(workspace, last.undo, _plan(workspace, backwards))
        said += [f"{last.words} had been cut off and was carried to its end", *told.lines()]
    return said


def _carried(workspace: Workspace, session: str, newest_first: Iterable[Change], plan_as: Planned) -> Told:
    changes = list(newest_first)
    _at_once(workspace, (change.path for change in changes))
    planned = _plan(workspace, changes)
    number = workspace.ledger.plan(
        session,
        (*planned.moves, *_opened_up(workspace, planned)),
        grouped=plan_as.grouped,
        words=plan_as.words,
        steps=plan_as.steps,
        redoes=plan_as.redoes,
    )
    return _applied(workspace, number, planned)


def _opened_up(workspace: Workspace, planned: Plan) -> list[Change]:
    """Folders that will be writable for a while only: the modes that they have to get again, whatever happens."""
    moved = {move.path for move in planned.moves}
    folders = {above for path in moved for above in above_of(path)} - moved
    entries = [(folder, workspace.tree.entry(folder)) for folder in sorted(folders)]
    return [Change(folder, entry, entry) for folder, entry in entries if entry and entry.mode & OPEN != OPEN]


def _at_once(workspace: Workspace, paths: Iterable[str]) -> None:
    """What stands there now is kept, to be compared and for a redo."""
    workspace.keep(dict.fromkeys(paths))


def _plan(workspace: Workspace, newest_first: Iterable[Change]) -> Plan:
    tree, contents = workspace.tree, workspace.contents
    return plan(newest_first, tree.entry, lambda entry: contents.has(entry.content), tree.names)


def _applied(workspace: Workspace, number: int, planned: Plan) -> Told:
    failures = Applying(workspace.tree.root, workspace.contents, number).run(planned)
    workspace.refresh(ours=True)
    workspace.ledger.done(number)
    kept = [Conflict(path, _why(workspace, path, why), workspace.tree.entry(path)) for path, why in failures.items()]
    done = tuple(move for move in planned.moves if move.path not in failures)
    return Told(done, (*planned.conflicts, *kept))


def _why(workspace: Workspace, path: str, why: str) -> str:
    others = workspace.tree.below(path)
    return f"{words.listed(joined(path, name) for name in others)} in it is not the call's" if others else why


# What was changed.


def changed(workspace: Workspace, session: str, since: int) -> list[str]:
    """What the session changed from a prompt on and did not undo: a line or a diff for each path."""
    steps = workspace.ledger.standing(session, since)
    first: dict[str, Entry | None] = {}
    left: dict[str, Entry | None] = {}
    for change in (change for step in reversed(steps) for change in step.changes):
        first.setdefault(change.path, change.before)
        left[change.path] = change.after
    found = [path for path in sorted(first) if not is_same(first[path], workspace.tree.entry(path))]
    paths, inside = [path for path in found if not words.inner(path)], [path for path in found if words.inner(path)]
    _at_once(workspace, paths[:SHOWN_FILES])
    said = [_shown(workspace, path, first[path], left[path]) for path in paths[:SHOWN_FILES]]
    more = [f"and {len(paths) - SHOWN_FILES:,} more"] if len(paths) > SHOWN_FILES else []
    return said + more + [f"changed {one}" for one in words.folded(inside)]


def _shown(workspace: Workspace, path: str, before: Entry | None, left: Entry | None) -> str:
    now = workspace.tree.entry(path)
    mark = "" if is_same(now, left) else " (changed again since)"
    was_text, is_text = (_text(workspace, entry) for entry in (before, now))
    if was_text is not None and is_text is not None and was_text != is_text:
        name = words.shown(path)
        old, new = (name if entry is not None else "/dev/null" for entry in (before, now))
        return diff(was_text, is_text, old=old, new=new).text.rstrip("\n") + mark
    verb = "made" if before is None else "removed" if now is None else "changed"
    kind = (now or before or Entry(Kind.OTHER, 0)).kind
    modes = f", mode {before.mode:o} to {now.mode:o}" if before and now and before.mode != now.mode else ""
    return f"{verb} {'' if kind is Kind.FILE else f'{kind.value} '}{words.shown(path)}{modes}{mark}"


def _text(workspace: Workspace, entry: Entry | None) -> str | None:
    """Empty where nothing is; None for what is no text, or is too long."""
    if entry is None:
        return ""
    if entry.kind is not Kind.FILE or not entry.content:
        return None
    data = workspace.contents.read(entry.content, SHOWN_BYTES)
    if data is None or b"\0" in data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def beyond(steps: Iterable[Step]) -> list[str]:
    """What those calls may have done that no undo reaches."""
    return list(dict.fromkeys(step.beyond for step in steps if step.beyond))
