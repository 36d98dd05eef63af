"""A unified diff for people. Bounded in time: what stays is cut off first, a very large change is not compared.

Shared by what changes files and by who asks a person before: both show the same.
"""

import re
from difflib import SequenceMatcher
from typing import Final

from msgspec import Struct

COMPARED_LINES: Final = 2000
SHOWN_LINES: Final = 400
CONTEXT_LINES: Final = 3

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")


class Diff(Struct, frozen=True):
    """The diff's text, and how many lines it adds and removes."""

    text: str
    added: int
    removed: int


def diff(before: str, after: str, *, old: str, new: str, most: int | None = SHOWN_LINES) -> Diff:
    """What leads from `before` to `after`; `old` and `new` name the two sides, `/dev/null` where there is none.

    At most so many lines, and a change of more than `COMPARED_LINES` only counted; with `most` None everything.
    """
    was, now = _LINE.findall(before), _LINE.findall(after)
    head = _same(was, now)
    tail = min(_same(was[::-1], now[::-1]), len(was) - head, len(now) - head)
    start = max(0, head - CONTEXT_LINES)
    was_part, now_part = (side[start : len(side) - max(0, tail - CONTEXT_LINES)] for side in (was, now))
    title = f"--- {old}\n+++ {new}\n"
    removed, added = len(was) - head - tail, len(now) - head - tail
    if max(len(was_part), len(now_part)) <= COMPARED_LINES:
        rows = _compared(was_part, now_part, start)
        removed, added = (sum(row.startswith(sign) for row in rows) for sign in "-+")
    elif most is not None:
        return Diff(f"{title}[-{removed} +{added} lines]\n", added, removed)
    else:
        spans = (_span(head, len(side) - tail) for side in (was, now))
        rows = ["@@ -{} +{} @@\n".format(*spans)]
        rows += [_row("-", line) for line in was[head : len(was) - tail]]
        rows += [_row("+", line) for line in now[head : len(now) - tail]]
    left_out = 0 if most is None else len(rows) - most
    shown = rows[:most] + ([f"[{left_out} more lines]\n"] if left_out > 0 else [])
    return Diff(f"{title}{''.join(shown)}" if rows else "", added, removed)


def _compared(was: list[str], now: list[str], start: int) -> list[str]:
    rows: list[str] = []
    for group in SequenceMatcher(None, was, now).get_grouped_opcodes(CONTEXT_LINES):
        rows.append(_heading(group, start))
        for tag, low, high, new_low, new_high in group:
            if tag == "equal":
                rows += [_row(" ", line) for line in was[low:high]]
                continue
            rows += [_row("-", line) for line in was[low:high]]
            rows += [_row("+", line) for line in now[new_low:new_high]]
    return rows


def _same(was: list[str], now: list[str]) -> int:
    pairs = zip(was, now, strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(was), len(now)))


def _heading(group: list[tuple[str, int, int, int, int]], start: int) -> str:
    first, last = group[0], group[-1]
    was, now = _span(first[1] + start, last[2] + start), _span(first[3] + start, last[4] + start)
    return f"@@ -{was} +{now} @@\n"


def _span(low: int, high: int) -> str:
    length = high - low
    begin = low if length == 0 else low + 1
    return str(begin) if length == 1 else f"{begin},{length}"


def _row(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"
