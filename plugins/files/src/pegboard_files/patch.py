"""Patches as models and tools write them, read into changes of files: unified diffs (git's headers too) and the
`*** Begin Patch` envelope. Pure; applying a change is `hunk`'s business.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

from msgspec import Struct, field

_HUNK: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ENVELOPE: Final = re.compile(r"\*\*\* (Add|Update|Delete) File: (.+)")
_MODE: Final = re.compile(r"(?:new|new file) mode 100(644|755)$")
_NO_NEWLINE: Final = "\\ No newline"


class Action(Enum):
    """What a patch does to one file."""

    ADD = "add"
    UPDATE = "update"
    DELETE = "delete"


class Hunk(Struct):
    """A change at one place. A row is `(sign, line)`: " " stays, "-" goes, "+" comes; lines have no line end.

    `first` is the old line that it begins at (from 1; 0 unknown), `below` lines that stand somewhere above it. `bare`
    holds the signs whose last line has no newline after it; `at_end` says that the hunk ends where the file does.
    """

    first: int = 0
    below: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    bare: set[str] = field(default_factory=set)
    at_end: bool = False

    def side(self, sign: str) -> list[str]:
        """The lines of the old ("-") or new ("+") text."""
        return [line for row, line in self.rows if row in (" ", sign)]


class Change(Struct):
    """What a patch does to the file at `path`, which ends up at `moved` when that is given."""

    action: Action
    path: str
    moved: str = ""
    hunks: list[Hunk] = field(default_factory=list)
    is_executable: bool | None = None


class BadPatch(ValueError):
    """A patch that cannot be read; the message names its line."""


def parse_patch(patch: str) -> list[Change]:
    """The changes of a patch in either form. Raises BadPatch, also when it changes nothing."""
    lines = patch.replace("\r\n", "\n").split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    start = next((number for number, line in enumerate(lines) if line.strip() == "*** Begin Patch"), None)
    changes = _unified(lines) if start is None else _envelope(lines, start + 1)
    if not changes:
        raise BadPatch("it names no file; give a unified diff (---, +++, @@) or *** Begin Patch ... *** End Patch")
    return changes


def _envelope(lines: list[str], start: int) -> list[Change]:
    changes: list[Change] = []
    for number in range(start, len(lines)):
        line = lines[number]
        if line.strip() == "*** End Patch":
            return changes
        if found := _ENVELOPE.match(line):
            changes.append(Change(Action(found[1].lower()), found[2].strip()))
            if changes[-1].action is Action.ADD:
                changes[-1].hunks.append(Hunk())
        elif not changes:
            raise BadPatch(f"line {number + 1}: {line!r} stands before any *** Add, Update or Delete File")
        else:
            _into(changes[-1], line, number + 1)
    raise BadPatch("*** End Patch is missing: the patch may have been cut off")


def _into(change: Change, line: str, number: int) -> None:
    """One line of a file's section in the envelope."""
    if line.startswith("*** Move to: "):
        change.moved = line.removeprefix("*** Move to: ").strip()
    elif line.startswith("*** End of File"):
        _open(change).at_end = True
    elif line.startswith("@@"):
        below = re.sub(r"^@@ ?|(?<=.) @@$", "", line)
        if not change.hunks or change.hunks[-1].rows:
            change.hunks.append(Hunk())
        change.hunks[-1].below += [below] if below.strip() else []
    elif line[:1] in {" ", "+", "-"} or not line:
        _open(change).rows.append((line[:1] or " ", line[1:]))
    else:
        raise BadPatch(f"line {number}: {line!r} begins with none of ' ', '+', '-', '@@', '***'")
    if change.action is Action.ADD and change.hunks and any(sign != "+" for sign, _ in change.hunks[-1].rows):
        raise BadPatch(f"line {number}: every line of an added file begins with '+'")


def _open(change: Change) -> Hunk:
    if not change.hunks:
        change.hunks.append(Hunk())
    return change.hunks[-1]


def _unified(lines: list[str]) -> list[Change]:
    changes: list[Change] = []
    rest = iter(enumerate(lines, 1))
    header: list[str] = []
    for number, line in rest:
        if line.startswith("@@"):
            if header:
                changes.append(_change(header, number))
                header = []
            if not changes:
                raise BadPatch(f"line {number}: a hunk before any --- and +++ line")
            changes[-1].hunks.append(_hunk(line, number, rest))
        elif line.startswith("diff --git ") and header:
            changes += _bodiless(header, number)
            header = [line]
        elif line.startswith(_NO_NEWLINE) and changes and changes[-1].hunks and not header:
            _mark_bare(changes[-1].hunks[-1])
        elif line.startswith(("GIT binary patch", "Binary files ")):
            raise BadPatch(f"line {number}: a binary patch; only text can be patched")
        else:
            header.append(line)
    return changes + _bodiless(header, len(lines))


def _hunk(line: str, number: int, rest: Iterator[tuple[int, str]]) -> Hunk:
    """A hunk's rows, as many as its heading counts."""
    found = _HUNK.match(line)
    if found is None:
        raise BadPatch(f"line {number}: {line!r} is not like @@ -1,3 +1,4 @@")
    hunk = Hunk(first=int(found[1]))
    old, new = (1 if count is None else int(count) for count in (found[2], found[4]))
    while old > 0 or new > 0:
        number, row = next(rest, (number, None))
        if row is None or (row and row[0] not in " +-\\"):
            raise BadPatch(f"line {number}: the hunk ends {old} old and {new} new lines before its heading says")
        if row.startswith("\\"):
            _mark_bare(hunk)
            continue
        sign = row[:1] or " "
        hunk.rows.append((sign, row[1:]))
        old -= sign in " -"
        new -= sign in " +"
    if old < 0 or new < 0:
        raise BadPatch(f"line {number}: the hunk has more lines than its heading says")
    return hunk


def _mark_bare(hunk: Hunk) -> None:
    if hunk.rows:
        hunk.bare |= {"-", "+"} if hunk.rows[-1][0] == " " else {hunk.rows[-1][0]}


def _bodiless(header: list[str], number: int) -> list[Change]:
    """A section without hunks: a rename, a change of mode, an empty file; or text between sections, which is none."""
    told = ("rename to ", "new mode ", "new file mode ", "deleted file mode ", "+++ ")
    return [_change(header, number)] if any(line.startswith(told) for line in header) else []


def _change(header: list[str], number: int) -> Change:
    old, new = _named(header, "--- "), _named(header, "+++ ")
    given = next((line for line in header if line.startswith("diff --git ")), "")
    if given and not (old and new):
        both = re.match(r"diff --git a/(.+) b/(.+)$", given)
        old, new = (old or both[1], new or both[2]) if both else (old, new)
    moved_from, moved_to = _named(header, "rename from "), _named(header, "rename to ")
    old, new = moved_from or old, moved_to or new
    if not (old and new) or old == new == "/dev/null":
        raise BadPatch(f"line {number}: the file has no --- and +++ lines before this")
    is_added = old == "/dev/null" or any(line.startswith("new file mode ") for line in header)
    is_deleted = new == "/dev/null" or any(line.startswith("deleted file mode ") for line in header)
    mode = next((found for line in header if (found := _MODE.match(line))), None)
    change = Change(Action.UPDATE, old, is_executable=None if mode is None else mode[1] == "755")
    if is_added:
        change.action, change.path = Action.ADD, new
    elif is_deleted:
        change.action = Action.DELETE
    elif moved_to:
        change.moved = moved_to
    else:
        change.path = new
    return change


def _named(header: list[str], start: str) -> str:
    """The path on the last header line that begins so, without git's prefix and diff's time stamp."""
    line = next((line for line in reversed(header) if line.startswith(start)), None)
    if line is None:
        return ""
    path = line.removeprefix(start).split("\t")[0].strip()
    return path[2:] if start in ("--- ", "+++ ") and path[:2] in ("a/", "b/") else path
