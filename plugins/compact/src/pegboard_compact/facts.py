"""What a text states that can be looked up: paths, names, numbers, commits, code; and whether another has it. Pure."""

import re
from collections.abc import Iterator
from typing import Final

_CODE: Final = re.compile(r"`([^`\n]+)`")
_URL: Final = re.compile(r"\bhttps?://[^\s`'\"<>)\]]+")
_PATH: Final = re.compile(r"(?<![\w/])(?:~|\.{1,2})?/?(?:[\w.@+-]+/)+[\w.@+-]*\w|(?<![\w/])/[\w.@+-]+")
_NAME: Final = re.compile(
    r"\b(?:\w+_\w+|[A-Za-z]\w*(?:\.[A-Za-z_]\w*)+|[A-Z]?[a-z]+(?:[A-Z][a-z0-9]+)+|[A-Z][A-Z0-9]{2,})\b"
)
_NUMBER: Final = re.compile(r"(?<![\w.])\d[\d,_]*(?:\.\d+)*(?![\w])|\b[0-9a-f]{7,40}\b")
_LEAD: Final = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_WORD: Final = re.compile(r"[\w@+-]+(?:[./:][\w@+-]+)*")
_ANY: Final = frozenset({"e.g", "i.e", "TODO", "API", "CLI", "JSON", "HTTP", "URL", "SQL", "AND", "NOT", "THE"})
"""What is common speech."""


class Known:
    """A text, ready to be asked what occurs in it."""

    def __init__(self, text: str) -> None:
        self._flat = _flat(text)
        self._words: set[str] = set()
        for word in _WORD.findall(text):
            bare = word.replace(",", "")
            self._words.add(bare)
            self._words.update(re.split(r"[./:]", bare))
        self._words.update(_plain(number) for number in _NUMBER.findall(text))

    def has(self, fact: str) -> bool:
        """Whether the fact occurs, not as a part of another word."""
        plain = _plain(fact)
        if plain in self._words:
            return True
        at = self._flat.find(wanted := _flat(fact))
        while at >= 0:
            end = at + len(wanted)
            if not (_goes_on(self._flat[at - 1 : at], wanted[:1]) or _goes_on(self._flat[end : end + 1], wanted[-1:])):
                return True
            at = self._flat.find(wanted, at + 1)
        return False


def stated(line: str) -> Iterator[str]:
    """The facts of a line."""
    line = _LEAD.sub("", line)
    for pattern in (_CODE, _URL, _PATH):
        for found in pattern.findall(line):
            if found.strip():
                yield found.strip()
        line = pattern.sub(" ", line)
    for found in (*_NAME.findall(line), *_NUMBER.findall(line)):
        if found not in _ANY and (not found.isdigit() or len(found) > 1):
            yield found


def _plain(fact: str) -> str:
    return fact.replace(",", "").replace("_", "") if fact[:1].isdigit() else fact


def _flat(text: str) -> str:
    return " ".join(text.split())


def _goes_on(beside: str, edge: str) -> bool:
    """Whether a word goes on over the edge."""
    return bool(beside) and (beside.isalnum() or beside == "_") and (edge.isalnum() or edge == "_")
