"""A unified diff for people. Bounded: what stays the same is cut off first, a very large change is only counted."""

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


def diff(before: str, after: str, *, old: str, new: str) -> Diff:
    """What leads from `before` to `after`; `old` and `new` name the two sides, `/dev/null` where there is none."""
    was, now = _LINE.findall(before), _LINE.findall(after)
    head = _same(was, now)
    tail = min(_same(was[::-1], now[::-1]), len(was) - head, len(now) - head)
    start = max(0, head - CONTEXT_LINES)
    was_part, now_part = (side[start : len(side) - max(0, tail - CONTEXT_LINES)] for side in (was, now))
    if max(len(was_part), len(now_part)) > COMPARED_LINES:
        removed, added = len(was) - head - tail, len(now) - head - tail
        return Diff(f"--- {old}\n+++ {new}\n[-{removed} +{added} lines]\n", added, removed)
    rows: list[str] = []
    matcher = SequenceMatcher(None, was_part, now_part)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        rows.append(_heading(group, start))
        for tag, low, high, new_low, new_high in group:
            if tag == "equal":
                rows += [_row(" ", line) for line in was_part[low:high]]
                continue
            rows += [_row("-", line) for line in was_part[low:high]]
            rows += [_row("+", line) for line in now_part[new_low:new_high]]
    removed, added = (sum(row.startswith(sign) for row in rows) for sign in "-+")
    left_out = len(rows) - SHOWN_LINES
    shown = rows[:SHOWN_LINES] + ([f"[{left_out} more lines]\n"] if left_out > 0 else [])
    return Diff(f"--- {old}\n+++ {new}\n{''.join(shown)}" if rows else "", added, removed)


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
