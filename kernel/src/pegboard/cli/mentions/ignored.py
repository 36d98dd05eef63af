"""What a `.gitignore` leaves out, for people who look for a file: its common lines, the last that matches counts. Pure.

What cannot be read as a pattern is no line. This hides nothing from anybody: the gate does that.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from pegboard.gate.glob import Glob, parse_glob
from pegboard_sdk.errors import InvalidParams

MOST_LINES: Final = 500


class Line(Struct, frozen=True):
    """One pattern; `back` takes a path in again that one before left out."""

    glob: Glob
    back: bool
    folders: bool


class Ignored(Struct, frozen=True):
    """The lines of one file; `at` is the folder that it stands in, from the top and with its slash."""

    at: str
    lines: tuple[Line, ...]


def ignored_in(at: str, text: str) -> Ignored:
    """What the text leaves out of the folder `at` and what is below it."""
    return Ignored(at, tuple(_lines(text)))


def _lines(text: str) -> Iterator[Line]:
    for line in text.splitlines()[:MOST_LINES]:
        said = line.rstrip()
        pattern = said.removeprefix("!")
        if not pattern or pattern.startswith("#"):
            continue
        try:
            glob = parse_glob(f".{pattern}" if pattern.startswith("/") else pattern)
        except InvalidParams:
            continue
        yield Line(glob, said.startswith("!"), pattern.endswith("/"))


def is_ignored(files: Sequence[Ignored], path: str) -> bool:
    """Whether the files from the top down to the path's folder leave it out; a folder's path ends with a slash."""
    found = False
    for file in files:
        below = f"{path[len(file.at) :].rstrip('/')}/"
        for line in file.lines:
            if line.back is found and (path.endswith("/") or not line.folders) and line.glob.exact.match(below):
                found = not line.back
    return found
