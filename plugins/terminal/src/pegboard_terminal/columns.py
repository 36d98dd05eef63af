"""Plain text with columns, as commands say it: what does not fit goes on below its own column, not at the edge."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

_ROW: Final = re.compile(r"^(?P<label> *\S.*?) {2,}(?P<about>\S.*)$")
MOST_LABEL: Final = 0.5
"""Of the width; a wider label has a line to itself."""
LEAST_ABOUT: Final = 20
"""Characters; with less room a description stands below its label."""
BELOW: Final = 6
"""By how much it is set in there."""


def laid_out(lines: Sequence[str], width: int) -> str:
    """Rows of two columns aligned and folded where they stand together, all other lines as they are."""
    matched = [(_ROW.match(line), line) for line in lines]
    made: list[str] = []
    for is_row, run in groupby(matched, key=lambda each: each[0] is not None):
        if is_row:
            made += _rows([(found["label"], found["about"]) for found, _ in run if found is not None], width)
        else:
            made += [line for _, line in run]
    return "\n".join(made)


def _rows(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    column = max((len(label) for label, _ in rows if len(label) <= width * MOST_LABEL), default=0) + 2
    if width - column < LEAST_ABOUT:
        column = BELOW
    for label, about in rows:
        folded = textwrap.wrap(about, max(width - column, LEAST_ABOUT), break_on_hyphens=False) or [""]
        if len(label) + 2 > column:
            yield label
            yield from (" " * column + line for line in folded)
        else:
            yield label.ljust(column) + folded[0]
            yield from (" " * column + line for line in folded[1:])
