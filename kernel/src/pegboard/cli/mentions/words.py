"""Finds `@PATH` and `@"PATH WITH SPACES"` in a text. Pure: whether there is such a file, somebody else looks."""

import re
from typing import Final

from msgspec import Struct

MOST_WORDS: Final = 200
"""Of a longer text no more are looked at: it was pasted, not typed."""
_MENTION: Final = re.compile(r"""(?<![^\s(\[{<"'])@(?:"([^"\n]+)"|([^\s"@`][^\s"`]*))""")
_AT_END: Final = re.compile(r"""(?<![^\s(\[{<"'])@(?:"([^"\n]*)|([^\s"`]*))\Z""")
_PUNCTUATION: Final = ".,;:!?)]}>'"


class Unfinished(Struct, frozen=True):
    """A mention that is being typed: its path so far, and how many characters it takes with its sign."""

    path: str
    length: int


def mentions_in(text: str) -> tuple[tuple[str, ...], ...]:
    """The paths that the text may mention, each as written and without the punctuation behind it, in order and once."""
    found: dict[tuple[str, ...], None] = {}
    for match in _MENTION.finditer(text):
        if len(found) >= MOST_WORDS:
            break
        name = match[1] or match[2]
        bare = name if match[1] else name.rstrip(_PUNCTUATION)
        found[tuple(dict.fromkeys(one for one in (name, bare) if one))] = None
    return tuple(found)


def unfinished(text: str) -> Unfinished | None:
    """The mention that the text ends with; None where it ends with another word."""
    match = _AT_END.search(text)
    return None if match is None else Unfinished(match[1] or match[2] or "", len(match[0]))


def written(path: str) -> str:
    """A path as a mention of it, in quotes where it would not be one word; empty where it cannot be written."""
    if '"' in path or "\n" in path:
        return ""
    plain = path and path == path.rstrip(_PUNCTUATION) and not re.search(r"^@|[\s`]", path)
    return f"@{path}" if plain else f'@"{path}"'
