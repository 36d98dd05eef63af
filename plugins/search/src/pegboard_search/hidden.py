"""What a search must not show: gitignore lines as one regular expression, asked for every path. Pure.

Stricter than a `.gitignore` where the two differ: letter case does not count, a line for folders also hides a file of
that name, and a line that would show something again (`!`) says nothing.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final

from pegboard_search.pattern import expression

_PAIR: Final = re.compile(r"\[([a-z])\1\]")


class Hidden:
    """Exclusions, ready to be asked."""

    def __init__(self, lines: Iterable[str]) -> None:
        said = [line for line in lines if line.strip("/") and not line.startswith(("!", "#"))]
        folded = [_PAIR.sub(r"\1", line.lower()) for line in said]
        self._folded = _any_of([line for line in folded if _is_readable(line)])
        # A range or a class of what must not stand there means another thing once letters are folded.
        exact = [line for line, small in zip(said, folded, strict=True) if "[" in small]
        self._exact = _any_of(exact) if exact else None

    def covers(self, path: str) -> bool:
        """Whether the path of a file or folder, or one above it, is hidden."""
        if self._folded.search(path.lower()) is not None:
            return True
        return self._exact is not None and self._exact.search(path) is not None


def _any_of(lines: Sequence[str]) -> re.Pattern[str]:
    """One expression for all lines; those without a slash, or that begin with `**/`, hold at any depth."""
    floating: list[str] = []
    anchored: list[str] = []
    for line in lines:
        bare = line.rstrip("/")
        name = bare.removeprefix("**/")
        if name != bare or "/" not in bare:
            floating.append(expression(name))
        else:
            anchored.append(expression(bare.lstrip("/")))
    either = [f"(?:^|/)(?:{'|'.join(floating)})(?:/|$)"] if floating else []
    either += [f"^(?:{'|'.join(anchored)})(?:/|$)"] if anchored else []
    return re.compile("|".join(either) or "(?!)", re.DOTALL)


def _is_readable(line: str) -> bool:
    """Whether the line is still a pattern: folding may turn a range of letters around."""
    with suppress(re.error):
        re.compile(expression(line))
        return True
    return False
