"""What people are told, in words. Pure."""

import time
from collections.abc import Iterable, Sequence
from typing import Final

from pegboard_undo.entry import Change, Entry, Kind, is_same
from pegboard_undo.plan import Conflict
from pegboard_undo.policy import HEAVY

SHOWN: Final = 20
UNEDITED: Final = HEAVY | {".git"}


def listed(paths: Iterable[str], most: int = SHOWN) -> str:
    """Names with commas; of many the first, and how many more."""
    named = folded(paths)
    more = f" and {len(named) - most:,} more" if len(named) > most else ""
    return ", ".join(named[:most]) + more


def folded(paths: Iterable[str]) -> list[str]:
    """Each name; what lies in folders that nobody edits by hand only as the folder, with how many."""
    inside: dict[str, int] = {}
    named = []
    for path in paths:
        folder = inner(path)
        if folder:
            inside[folder] = inside.get(folder, 0) + 1
        else:
            named.append(shown(path))
    named = [name for name in named if name not in map(shown, inside)]
    return named + [f"{shown(folder)} ({count:,} inside)" for folder, count in inside.items()]


def inner(path: str) -> str:
    """The folder that nobody edits by hand, and that a path lies in; empty where it lies in none."""
    parts = path.split("/")
    at = next((at for at, part in enumerate(parts[:-1]) if part in UNEDITED), -1)
    return "/".join(parts[: at + 1])


def shown(path: str) -> str:
    """A name that may not be text, as text on one line."""
    text = path.encode("utf-8", "replace").decode("utf-8")
    return text if text.isprintable() else repr(text)


def described(entry: Entry | None) -> str:
    """What stands at a place."""
    if entry is None:
        return "nothing is there now"
    when = time.strftime("%H:%M:%S", time.localtime(entry.mtime_ns / 1e9))
    match entry.kind:
        case Kind.FILE:
            return f"now a file of {entry.size:,} bytes, written {when}, mode {entry.mode:o}"
        case Kind.LINK:
            return f"now a link to {shown(entry.content.decode('utf-8', 'replace'))}"
        case Kind.FOLDER:
            return f"now a folder, mode {entry.mode:o}"
    return "now a socket, pipe or device"


def moved(done: Sequence[Change]) -> list[str]:
    """What an undo or redo did, by kind, one line each. Folders of which only times changed are not worth a word."""
    groups: dict[str, list[str]] = {"restored": [], "brought back": [], "removed": []}
    for move in done:
        if move.before is None:
            groups["brought back"].append(move.path)
        elif move.after is None:
            groups["removed"].append(move.path)
        elif not is_same(move.before, move.after) or move.after.kind is Kind.FILE:
            groups["restored"].append(move.path)
    return [f"{what} {listed(sorted(paths))}" for what, paths in groups.items() if paths]


def conflicting(conflicts: Iterable[Conflict]) -> list[str]:
    """What was left as it is, one line each."""
    return [f"left {shown(one.path)} as it is: {one.why}; {described(one.now)}" for one in conflicts]


def unkept(paths: Sequence[str], waiting: int) -> str | None:
    """Before a call: what it could change that would not come back. None when all is kept."""
    said = [f"undo cannot restore {listed(paths, 5)}: too large, or not kept"] if paths else []
    if waiting:
        said.append(f"{waiting:,} files are still being kept: what a call changes of them now may not come back")
    return "; ".join(said) or None


def lost(paths: Sequence[str]) -> str | None:
    """After a call: what it changed for good."""
    return f"undo cannot restore {listed(paths)}: no copy was kept" if paths else None
