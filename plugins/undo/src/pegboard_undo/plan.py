"""What an undo has to do, decided from what calls changed and what stands there now. Pure."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from pegboard_undo.entry import Change, Entry, Kind, is_exact, is_same

Now = Callable[[str], Entry | None]
IsKept = Callable[[Entry], bool]
Names = Callable[[Entry], list[str]]
"""The paths that are, or were, names of one file."""


class Conflict(Struct, frozen=True):
    """A path that is left as it is, and why; `now` stands there."""

    path: str
    why: str
    now: Entry | None


class Plan(Struct, frozen=True):
    """`moves` lead from what stands there now to what is to stand there. `sources` are files that are only moved back:
    where from, by where to; `links` are further names of a file, by name."""

    moves: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    sources: dict[str, str] = {}
    links: dict[str, str] = {}


def plan(newest_first: Iterable[Change], now: Now, is_kept: IsKept, names: Names) -> Plan:
    """Take back changes, the newest first, as far as each path still is what the change left."""
    wanted: dict[str, Entry | None] = {}
    conflicts: dict[str, Conflict] = {}
    for change in newest_first:
        path = change.path
        if path in conflicts:
            continue
        found = wanted[path] if path in wanted else now(path)
        if is_same(found, change.after):
            wanted[path] = change.before
        elif not is_same(found, change.before):
            conflicts[path] = Conflict(path, "it was changed since" if found else "it is gone", now(path))
    return _possible(wanted, conflicts, now, is_kept, names)


def _possible(
    wanted: dict[str, Entry | None], conflicts: dict[str, Conflict], now: Now, is_kept: IsKept, names: Names
) -> Plan:
    moves = {path: Change(path, now(path), entry) for path, entry in wanted.items() if not is_exact(now(path), entry)}
    sources, links = _sources(moves), _links(moves, wanted, now, names)
    for path, move in list(moves.items()):
        why = _impossible(move, is_kept)
        if why and path not in sources and path not in links:
            conflicts.setdefault(path, Conflict(path, why, move.before))
            del moves[path]
    sources = {target: source for target, source in sources.items() if target in moves}
    links = {path: leader for path, leader in links.items() if path in moves and leader not in conflicts}
    return Plan(tuple(moves.values()), tuple(conflicts.values()), sources, links)


def _impossible(move: Change, is_kept: IsKept) -> str:
    target = move.after
    if target is None or target.kind in (Kind.FOLDER, Kind.LINK):
        return ""
    if target.kind is Kind.OTHER:
        return "sockets, pipes and devices cannot be made again"
    return "" if target.content and is_kept(target) else "its content was not kept"


def _sources(moves: dict[str, Change]) -> dict[str, str]:
    """Files that are still there under a name which is to go: moving them back needs no copy."""
    there = {
        move.before.body: path
        for path, move in moves.items()
        if move.after is None and move.before is not None and move.before.kind is Kind.FILE and move.before.links == 1
    }
    found: dict[str, str] = {}
    for path, move in moves.items():
        if move.after is None or move.after.kind is not Kind.FILE or not _is_free(move.before):
            continue
        source = there.pop(move.after.body, None)
        if source is not None:
            found[path] = source
    return found


def _is_free(now: Entry | None) -> bool:
    return now is None or now.kind is not Kind.FOLDER


def _links(moves: dict[str, Change], wanted: dict[str, Entry | None], now: Now, names: Names) -> dict[str, str]:
    """Names that were one file: each is linked again to one that still is it, or else to the first that is made."""
    leaders: dict[tuple[int, int], str] = {}
    found: dict[str, str] = {}
    for path, entry in wanted.items():
        if entry is None or entry.kind is not Kind.FILE or entry.links < 2:
            continue
        place = (entry.device, entry.inode)
        if place not in leaders:
            leaders[place] = next((name for name in names(entry) if _still_is(name, entry, moves, now)), path)
        if leaders[place] != path and path in moves:
            found[path] = leaders[place]
    return found


def _still_is(name: str, entry: Entry, moves: dict[str, Change], now: Now) -> bool:
    found = now(name)
    return name not in moves and found is not None and found.kind is Kind.FILE and found.body == entry.body
