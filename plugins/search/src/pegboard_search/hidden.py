"""What a search must not show: gitignore lines as one regular expression, asked for every path. Pure.

Stricter than a `.gitignore` where the two differ: letter case does not count, a line for folders also hides a file of
that name, and a line that would show something again (`!`) says nothing.
"""

import re
from collections.abc import Iterable

from pegboard_search.pattern import expression


class Hidden:
    """Exclusions, ready to be asked."""

    def __init__(self, lines: Iterable[str]) -> None:
        floating: list[str] = []
        anchored: list[str] = []
        for line in lines:
            bare = line.lower().rstrip("/")
            if not bare or line.startswith(("!", "#")):
                continue
            name = bare.removeprefix("**/")
            if name != bare or "/" not in bare:
                floating.append(expression(name))
            else:
                anchored.append(expression(bare.lstrip("/")))
        either = [f"(?:^|/)(?:{'|'.join(floating)})(?:/|$)"] if floating else []
        either += [f"^(?:{'|'.join(anchored)})(?:/|$)"] if anchored else []
        self._regex = re.compile("|".join(either) or "(?!)", re.DOTALL)

    def covers(self, path: str) -> bool:
        """Whether the path of a file or folder, or one above it, is hidden."""
        return self._regex.search(path.lower()) is not None
