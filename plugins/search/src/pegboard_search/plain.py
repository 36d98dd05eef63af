"""Searching without ripgrep: Python's regular expressions over the files of a walk. Slower, and finds the same."""

import codecs
import io
import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from pegboard_search.found import FileMatches, Line, shortened
from pegboard_search.pattern import Glob
from pegboard_search.query import Query
from pegboard_search.scope import Scope
from pegboard_search.walk import files

MAX_LINE_CHARACTERS: Final = 1 << 20
MAX_WHOLE_CHARACTERS: Final = 1 << 26
"""How far into a file a pattern that spans lines is sought."""
CHECKED_LINES: Final = 5000
"""How many lines are searched between two looks at whether to stop."""

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class _Binary(Exception):
    """A zero was met."""


class _Stopped(Exception):
    """Nobody wants to know any more."""


class Plain:
    """One call's search. `stop` may be called from any thread; the iteration that runs ends soon after."""

    def __init__(self) -> None:
        self._is_stopped = False

    def stop(self) -> None:
        """End what runs, at the next file or some thousand lines."""
        self._is_stopped = True

    def names(self, scope: Scope, glob: Glob) -> Iterator[str]:
        """The paths of the files that a glob means, in order."""
        for entry in files(scope):
            if self._is_stopped:
                return
            if glob.matches(entry.path):
                yield entry.path

    def search(self, scope: Scope, query: Query) -> Iterator[FileMatches]:
        """The files with matching lines, in order. Raises BadPattern."""
        regex = query.regex()
        for path, file in self._opened(scope, query.glob):
            with file:
                try:
                    found = self._in_file(file, path, regex, query)
                except _Stopped:
                    return
                except (_Binary, UnicodeError, OSError):
                    continue
            if found.count:
                yield found

    def _opened(self, scope: Scope, glob: Glob | None) -> Iterator[tuple[str, io.BufferedReader]]:
        if scope.is_file:
            yield "", _reader(os.dup(scope.fd))
            return
        for entry in files(scope):
            if glob is None or glob.matches(entry.path):
                with suppress(OSError):
                    yield entry.path, _reader(entry.open())

    def _in_file(self, file: io.BufferedReader, path: str, regex: re.Pattern[str], query: Query) -> FileMatches:
        head = file.peek(4)
        encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
        find = _across if query.spans_lines else _by_line
        with io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="\n") as text:
            return find(text, path, regex, query, self._check)

    def _check(self) -> None:
        if self._is_stopped:
            raise _Stopped


def _reader(fd: int) -> io.BufferedReader:
    return io.BufferedReader(io.FileIO(fd, "rb"))


def _by_line(
    text: io.TextIOWrapper, path: str, regex: re.Pattern[str], query: Query, check: Callable[[], None]
) -> FileMatches:
    found = FileMatches(path, 0, [])
    before: deque[Line] = deque(maxlen=query.context)
    after = 0
    matched = 0
    for number, line in _rows(text, check):
        if number == matched:
            continue
        match = regex.search(line.removesuffix("\n").removesuffix("\r"))
        if match is None:
            if after > 0:
                found.lines.append(_line(number, line, None))
                after -= 1
            elif query.context:
                before.append(_line(number, line, None))
            continue
        matched = number
        found.count += 1
        if found.count <= query.keep:
            found.lines += [*before, _line(number, line, match)]
            before.clear()
            after = query.context
        else:
            after = 0
    return found


def _rows(text: io.TextIOWrapper, check: Callable[[], None]) -> Iterator[tuple[int, str]]:
    """The lines with their numbers; one that is too long to be held comes in pieces. Raises _Binary at a zero."""
    number = pieces = 0
    is_ended = True
    while piece := text.readline(MAX_LINE_CHARACTERS):
        if "\0" in piece:
            raise _Binary
        if pieces % CHECKED_LINES == 0 or not is_ended:
            check()
        pieces += 1
        number += is_ended
        is_ended = piece.endswith("\n")
        yield number, piece


def _across(
    text: io.TextIOWrapper, path: str, regex: re.Pattern[str], query: Query, check: Callable[[], None]
) -> FileMatches:
    """Matches that may cross line ends: every line that one touches counts as matching."""
    whole = text.read(MAX_WHOLE_CHARACTERS).replace("\r\n", "\n")
    if "\0" in whole:
        raise _Binary
    rows = whole.split("\n")
    if rows[-1] == "":
        rows.pop()
    touched: set[int] = set()
    at, number = 0, 1
    for match in regex.finditer(whole):
        check()
        number += whole.count("\n", at, match.start())
        at = match.start()
        touched.update(range(number, number + max(0, match[0].rstrip("\n").count("\n")) + 1))
    near = {around for number in touched for around in range(number - query.context, number + query.context + 1)}
    lines = [
        _line(number, rows[number - 1], None) if number not in touched else _line(number, rows[number - 1], 0)
        for number in sorted(near)
        if 0 < number <= len(rows)
    ]
    return FileMatches(path, len(touched), lines)


def _line(number: int, text: str, match: re.Match[str] | int | None) -> Line:
    start = match if isinstance(match, int) else 0 if match is None else match.start()
    data = text.encode("utf-8", "surrogateescape")
    at = len(text[:start].encode("utf-8", "surrogateescape")) if start else 0
    return Line(number, shortened(data, at), match is not None)
