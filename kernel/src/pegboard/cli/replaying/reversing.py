"""A unified diff, as results of edits show it, taken back from a text. Pure; what does not fit exactly is refused."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

_HUNK: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_NO_END: Final = "\\ No newline at end of file"
NOTHING: Final = "/dev/null"


class Hunk(Struct, frozen=True):
    """Lines `before` that became `after`, which stand there from line number `at` (from 1)."""

    at: int
    before: tuple[str, ...]
    after: tuple[str, ...]


class Change(Struct, frozen=True):
    """What was done to a file; `old` or `new` is `/dev/null` where there was or is none."""

    old: str
    new: str
    hunks: tuple[Hunk, ...]
    is_whole: bool
    """Whether the diff shows all of it."""


class Unfit(Exception):
    """The text is not the one that the change left."""


def changes(shown: str) -> Iterator[Change]:
    """The changes in a text that may say other things before and behind them."""
    yield from (one for one in told(shown) if isinstance(one, Change))


def told(shown: str) -> Iterator[Change | str]:
    """The changes in a text, and its other lines."""
    rows = _LINE.findall(shown)
    at = 0
    while at + 1 < len(rows):
        if not (rows[at].startswith("--- ") and rows[at + 1].startswith("+++ ")):
            yield rows[at].rstrip("\n")
            at += 1
            continue
        old, new = rows[at][4:].rstrip("\n"), rows[at + 1][4:].rstrip("\n")
        hunks, at = _hunks(rows, at + 2)
        is_whole = bool(hunks) and not (at < len(rows) and rows[at].startswith("["))
        yield Change(old, new, tuple(hunks), is_whole)
    yield from (row.rstrip("\n") for row in rows[at:])


def _hunks(rows: list[str], at: int) -> tuple[list[Hunk], int]:
    found: list[Hunk] = []
    while at < len(rows) and (head := _HUNK.match(rows[at])) is not None:
        sides: dict[str, list[str]] = {"-": [], "+": []}
        wanted = {"-": int(head[2] or 1), "+": int(head[4] or 1)}
        at += 1
        last = ""
        while at < len(rows) and (any(len(sides[one]) < wanted[one] for one in "-+") or rows[at].startswith(_NO_END)):
            sign, text = rows[at][:1], rows[at][1:]
            if rows[at].startswith(_NO_END):
                for one in "-+" if last == " " else last:
                    sides[one][-1] = sides[one][-1].removesuffix("\n")
            elif sign in ("-", "+", " "):
                for one in "-+" if sign == " " else sign:
                    sides[one].append(text)
                last = sign
            else:
                return [], at  # cut off in the middle
            at += 1
        found.append(Hunk(int(head[3]), tuple(sides["-"]), tuple(sides["+"])))
    return found, at


def taken_back(text: str, change: Change) -> str:
    """What stood there before the change. Raises Unfit where the text is not what the change left."""
    if not change.is_whole:
        raise Unfit("the record does not show all of the change")
    lines = _LINE.findall(text)
    for hunk in reversed(change.hunks):
        low = hunk.at - 1 if hunk.after else hunk.at
        if tuple(lines[low : low + len(hunk.after)]) != hunk.after:
            raise Unfit(f"line {hunk.at} is not what the change left")
        lines[low : low + len(hunk.after)] = hunk.before
    return "".join(lines)
