"""The two searches as a model reads them: pages of paths, pages of lines, bounded in size and time."""

import heapq
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Final, Protocol

from pegboard_sdk import Context, Output, Text, ToolFailed
from pegboard_search.found import FileMatches
from pegboard_search.pattern import Glob
from pegboard_search.query import MAX_CONTEXT, Query
from pegboard_search.ripgrep import Ripgrep, locate
from pegboard_search.scope import Scope

PAGE_BYTES: Final = 27_000
"""A page ends before it grows beyond this: longer results are cut in the middle."""
MAX_LIMIT: Final = 5_000
SEARCH_S: Final = 25.0
_SPARED_S: Final = 2.0
"""Time left before the call's deadline in which to tell what was found."""


class Shape(Enum):
    """What a search for lines answers with."""

    CONTENT = "content"
    FILES = "files"
    COUNT = "count"


class Engine(Protocol):
    """Who searches."""

    def stop(self) -> None: ...
    def names(self, scope: Scope, glob: Glob) -> Iterator[str]: ...
    def search(self, scope: Scope, query: Query) -> Iterator[FileMatches]: ...


class Bounded:
    """An engine with a deadline: `is_late` says that it was stopped by it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_late = False

    def expire(self) -> None:
        """Stop the engine, since time is up."""
        self.is_late = True
        self.engine.stop()

    @property
    def notes(self) -> list[str]:
        """What the model should know of an early end."""
        return ["stopped at the time limit, incomplete; narrow path or pattern"] if self.is_late else []


@contextmanager
def bounded(ctx: Context) -> Iterator[Bounded]:
    """ripgrep where there is one, else our own search; stopped at the deadline and when the call is cancelled."""
    search = Bounded(_engine(ctx))
    left = ctx.remaining_s
    timer = threading.Timer(SEARCH_S if left is None else max(0.1, left - _SPARED_S), search.expire)
    timer.daemon = True
    timer.start()
    ctx.on_cancel(search.engine.stop)
    try:
        yield search
    finally:
        timer.cancel()
    ctx.check()


def _engine(ctx: Context) -> Engine:
    program = None if ctx.setup.settings.get("engine") == "python" else locate()
    if program is not None:
        return Ripgrep(program)
    # Needed only without ripgrep, and pathspec costs 15 ms.
    from pegboard_search.plain import Plain  # noqa: PLC0415

    return Plain()


def found_names(scope: Scope, pattern: str, ctx: Context, *, limit: int, offset: int) -> Output:
    """A page of the files that a pattern means, newest first. Raises ToolFailed, BadGlob."""
    if scope.is_file:
        raise ToolFailed(f"{scope.path} is a file; give a folder as path")
    _require_page(limit, offset)
    total = 0

    def dated() -> Iterator[tuple[int, str]]:
        nonlocal total
        for name in search.engine.names(scope, glob):
            total += 1
            yield -_changed(scope, name), name

    glob = Glob(pattern)
    with bounded(ctx) as search:
        newest = heapq.nsmallest(offset + limit, dated())
    shown = _Rows(limit, 0)
    for _, name in newest[offset:]:
        if not shown.take([scope.shown(name)]):
            break
    notes = search.notes
    if offset + shown.taken < total or offset:
        notes.insert(0, _page(offset, shown.taken, str(total), total > offset + shown.taken))
    if not total:
        notes.insert(0, "no file matches")
    return _output(shown.rows, notes)


def found_lines(scope: Scope, query: Query, shape: Shape, ctx: Context, *, limit: int, offset: int) -> Output:
    """A page of matching lines, of files with them, or of counts. Raises ToolFailed, BadPattern."""
    _require_page(limit, offset)
    if not 0 <= query.context <= MAX_CONTEXT:
        raise ToolFailed(f"context {query.context}: at most {MAX_CONTEXT} lines, and not fewer than 0")
    with bounded(ctx) as search:
        rows = _lines if shape is Shape.CONTENT else _files if shape is Shape.FILES else _counts
        shown = _Rows(limit, offset)
        for row in rows(scope, search.engine.search(scope, query), query.context):
            if not shown.take(row):
                break
    notes = search.notes
    if shown.has_more or offset:
        notes.insert(0, _page(offset, shown.taken, "", shown.has_more))
    if not shown.seen:
        notes.insert(0, "no matches")
    return _output(shown.rows, notes)


class _Rows:
    """A page being filled, one match or file at a time."""

    def __init__(self, limit: int, offset: int) -> None:
        self._limit = limit
        self._offset = offset
        self._room = PAGE_BYTES
        self.rows: list[str] = []
        self.seen = 0
        self.taken = 0
        self.has_more = False

    def take(self, rows: list[str]) -> bool:
        """Add the rows of one match or file; False when the page was full before them."""
        self.seen += 1
        if self.seen <= self._offset:
            return True
        self._room -= sum(len(row.encode("utf-8", "replace")) + 1 for row in rows)
        if self.taken >= self._limit or (self.taken and self._room < 0):
            self.has_more = True
            return False
        self.taken += 1
        self.rows += rows
        return True


def _lines(scope: Scope, found: Iterable[FileMatches], context: int) -> Iterator[list[str]]:
    """The lines of each match: context before it, itself, and context that is nearer to it than to the next."""
    for each in found:
        path = scope.shown(each.path)
        group: list[str] = []
        has_match, last = False, 0
        for line in each.lines:
            if has_match and (line.is_match or line.number > last + context):
                yield group
                group, has_match = [], False
            if context and last and line.number > last + 1 and not group:
                group.append("--")
            group.append(f"{path}:{line.number}:{line.text}" if line.is_match else f"{path}-{line.number}-{line.text}")
            has_match, last = has_match or line.is_match, line.number
        if has_match:
            yield group
        elif each.count and not each.lines:
            yield [f"{path}: a matching line of more than 1 MiB"]


def _files(scope: Scope, found: Iterable[FileMatches], context: int) -> Iterator[list[str]]:
    return ([scope.shown(each.path)] for each in found)


def _counts(scope: Scope, found: Iterable[FileMatches], context: int) -> Iterator[list[str]]:
    return ([f"{scope.shown(each.path)}:{each.count}"] for each in found)


def _require_page(limit: int, offset: int) -> None:
    if not 1 <= limit <= MAX_LIMIT or offset < 0:
        raise ToolFailed(f"limit {limit}, offset {offset}: limit is 1 to {MAX_LIMIT}, offset counts from 0")


def _page(offset: int, count: int, total: str, has_more: bool) -> str:
    of = f" of {total}" if total else ""
    more = f"; more: offset={offset + count}" if has_more else ""
    return f"{offset + 1}-{offset + count}{of}{more}" if count else f"nothing at offset {offset}{of}"


def _changed(scope: Scope, name: str) -> int:
    try:
        return os.stat(name, dir_fd=scope.fd, follow_symlinks=False).st_mtime_ns
    except OSError:
        return 0


def _output(rows: list[str], notes: list[str]) -> Output:
    text = "\n".join([*rows, *([f"[{'; '.join(notes)}]"] if notes else [])])
    return Output(parts=(Text(text=text.encode("utf-8", "replace").decode()),))
