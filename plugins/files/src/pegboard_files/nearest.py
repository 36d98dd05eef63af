"""Where in a text stands what is most like a piece that was not found. Pure, and bounded in time."""

from collections import Counter
from difflib import SequenceMatcher
from typing import Final

from msgspec import Struct

COMPARED_LINES: Final = 2000
"""Only so many lines are compared letter by letter."""
SHOWN_LINES: Final = 12
_ALIKE: Final = 0.6
_COMPARED_CHARACTERS: Final = 100
_SHOWN_CHARACTERS: Final = 200


class Region(Struct, frozen=True):
    """Lines of the text, from `first` (from 1). `differs_in_space`: apart from white space they are what was sought."""

    first: int
    lines: tuple[str, ...]
    differs_in_space: bool

    def shown(self) -> str:
        """The region, numbered and shortened."""
        rows = [f"{number}\t{line[:_SHOWN_CHARACTERS]}" for number, line in enumerate(self.lines, self.first)]
        left_out = len(rows) - SHOWN_LINES
        return "\n".join(rows[:SHOWN_LINES] + ([f"… [{left_out} more lines]"] if left_out > 0 else []))


def nearest(text: str, sought: str) -> Region | None:
    """The lines of `text` most like `sought`, or None when nothing is alike."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    wanted = [line.removesuffix("\r") for line in sought.strip("\r\n").split("\n")]
    bare, bare_wanted = [" ".join(line.split()) for line in lines], [" ".join(line.split()) for line in wanted]
    first = _by_equal_lines(bare, bare_wanted)
    if first is None:
        first = _by_likeness(bare, bare_wanted)
    if first is None:
        return None
    same = bare[first : first + len(wanted)] == bare_wanted
    return Region(first + 1, tuple(lines[first : first + len(wanted)]), same)


def _by_equal_lines(lines: list[str], wanted: list[str]) -> int | None:
    """The place where most of the wanted lines stand where they should, rare lines counting more."""
    where: dict[str, list[int]] = {line: [] for line in wanted if line}
    for number, line in enumerate(lines):
        if line in where:
            where[line].append(number)
    votes: Counter[int] = Counter()
    for number, line in enumerate(wanted):
        places = where.get(line, ())
        for place in places[:COMPARED_LINES]:
            if place >= number:
                votes[place - number] += 1000 // len(places)
    return max(votes, key=lambda place: (votes[place], -place)) if votes else None


def _by_likeness(lines: list[str], wanted: list[str]) -> int | None:
    """The place of the line most like the longest wanted one."""
    index, longest = max(enumerate(wanted), key=lambda row: len(row[1]))
    matcher = SequenceMatcher(b=longest[:_COMPARED_CHARACTERS], autojunk=False)
    best, place = _ALIKE, None
    for number, line in enumerate(lines[:COMPARED_LINES]):
        matcher.set_seq1(line[:_COMPARED_CHARACTERS])
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) > best and matcher.ratio() > best:
            best, place = matcher.ratio(), number
    return None if place is None else max(0, place - index)
