"""Replacing a piece of a text. Pure: from a text and what to replace, to the new text or to why not.

Nothing changes but what is named: where the old text is given with plain newlines it also matches `\\r\\n`, and every
line that stays keeps the end that it had.
"""

import re
from collections import Counter
from typing import Final

from msgspec import Struct

_NEWLINE: Final = re.compile(r"\r?\n")
_BARE_NEWLINE: Final = re.compile(r"(?<!\r)\n")
_REDACTED: Final = re.compile(r"⟦secret:[^⟧\n]*⟧")


class Replaced(Struct, frozen=True):
    """The new text, and the lines (of the old one, from 1) where a replacement begins."""

    text: str
    at: tuple[int, ...]


class NotFound(Struct, frozen=True):
    """The old text does not occur."""


class Ambiguous(Struct, frozen=True):
    """The old text occurs more than once, at these lines."""

    at: tuple[int, ...]


def replace(text: str, old: str, new: str, *, everywhere: bool) -> Replaced | NotFound | Ambiguous:
    """Replace `old`, which is not empty, once or `everywhere`."""
    exact = "\r" in old
    found = list(re.finditer(_literal(old, exact=exact), text))
    at = _line_numbers(text, [match.start() for match in found])
    if not found:
        return NotFound()
    if len(found) > 1 and not everywhere:
        return Ambiguous(at)
    pieces: list[str] = []
    done = 0
    for match in found:
        pieces += [text[done : match.start()], new if exact else _with_ends(text, match, new)]
        done = match.end()
    return Replaced("".join([*pieces, text[done:]]), at)


def redacted_in(given: str, text: str) -> str | None:
    """A stand-in for a secret that `given` holds and the file does not: nothing here knows what it stands for."""
    return next((mark for mark in _REDACTED.findall(given) if mark not in text), None)


def dominant_end(text: str) -> str:
    """The line end that most lines of a text have; a plain newline where there is none."""
    counted = Counter(_NEWLINE.findall(text))
    return counted.most_common(1)[0][0] if counted else "\n"


def _literal(old: str, *, exact: bool) -> str:
    """`old` word for word, but for line ends."""
    return re.escape(old) if exact else r"\r?\n".join(re.escape(line) for line in old.split("\n"))


def _with_ends(text: str, match: re.Match[str], new: str) -> str:
    """`new` with the line ends of what it replaces: those of the lines that stay in common at both sides, and the usual
    one between."""
    if "\n" not in new:
        return new
    had = _NEWLINE.findall(match[0])
    old_lines, new_lines = _NEWLINE.split(match[0]), _BARE_NEWLINE.split(new)
    usual = Counter(had).most_common(1)[0][0] if had else _end_near(text, match)
    ends = [usual] * (len(new_lines) - 1)
    ahead = _common(old_lines, new_lines)
    for index in range(min(ahead, len(had), len(ends))):
        ends[index] = had[index]
    for index in range(1, min(_common(old_lines[::-1], new_lines[::-1]), len(had), len(ends)) + 1):
        ends[-index] = had[-index]
    return "".join(line + end for line, end in zip(new_lines, [*ends, ""], strict=True))


def _end_near(text: str, match: re.Match[str]) -> str:
    after = _NEWLINE.search(text, match.end())
    if after is not None:
        return after[0]
    before = text.rfind("\n", 0, match.start())
    return "\r\n" if before > 0 and text[before - 1] == "\r" else "\n"


def _common(ones: list[str], others: list[str]) -> int:
    pairs = zip(ones, others, strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(ones), len(others)))


def _line_numbers(text: str, positions: list[int]) -> tuple[int, ...]:
    numbers: list[int] = []
    line, done = 1, 0
    for position in positions:
        line += text.count("\n", done, position)
        numbers.append(line)
        done = position
    return tuple(numbers)
