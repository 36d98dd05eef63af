"""Finds tokens that nobody told us by how they look. The table of them is data, in `patterns.toml`."""

import re
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

_RARE: Final = b"~|@$&?#+ZQXJKWGMVYUHBNIOPFLDRSTCEA-:=_/9876543210.zqjxkvwybgfpmuhcdlnrsoiate "
"""Bytes of code, the rare ones first, and among them those that are looked for anyway."""

_DENSE: Final = rb"[A-Za-z0-9_./%+=-]{10}"
"""What follows in nearly every token, and seldom in code."""


class Pattern(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table, which says what the fields mean."""

    maker: str
    starts: tuple[str, ...]
    rest: str
    room: str = r"[^\s\"'`<>\\]{0,2048}"
    within: bool = False
    dense: bool = True


class _Table(Struct, frozen=True):
    pattern: tuple[Pattern, ...]


class _Start:
    """One start of a pattern. Its expressions are compiled when one is first seen."""

    def __init__(self, text: bytes, pattern: Pattern) -> None:
        self.text: Final = text
        self.pattern: Final = pattern
        self.rarest: Final = min(range(len(text)), key=lambda at: _RARE.index(text[at]))

    @cached_property
    def whole(self) -> re.Pattern[bytes]:
        """The token."""
        return re.compile(re.escape(self.text) + self.pattern.rest.encode())

    @cached_property
    def open(self) -> re.Pattern[bytes]:
        """What may become one, up to the end."""
        return re.compile(re.escape(self.text) + self.pattern.room.encode() + rb"\Z")

    def around(self) -> bytes:
        """An expression for the place after its rarest byte. The group is empty: its number says which start it is."""
        first, then = self.text[: self.rarest + 1], self.text[self.rarest + 1 :]
        return rb"(?<=%s)(?=%s)()" % (re.escape(first), re.escape(then))


class Patterns:
    """Finds tokens in one pass: from rare byte to rare byte, and only where a start is around it, looks closer."""

    def __init__(self) -> None:
        table = msgspec.toml.decode(Path(__file__).with_suffix(".toml").read_bytes(), type=_Table)
        starts = [_Start(text.encode(), pattern) for pattern in table.pattern for text in pattern.starts]
        self.starts: Final = tuple(start.text for start in starts if len(start.text) > 1)
        self._starts: Final = sorted(starts, key=lambda one: (_RARE.index(one.text[one.rarest]), one.pattern.dense))
        marks: dict[bytes, tuple[list[bytes], list[bytes]]] = {}
        for start in self._starts:
            mark = start.text[start.rarest : start.rarest + 1]
            marks.setdefault(mark, ([], []))[start.pattern.dense].append(start.around())
        branches: list[bytes] = []
        for mark, (loose, dense) in marks.items():
            ways = [*loose, rb"(?=%s)(?:%s)" % (_DENSE, rb"|".join(dense))] if dense else loose
            branches.append(rb"%s(?:%s)" % (re.escape(mark), rb"|".join(ways)))
        self._any = re.compile(rb"|".join(branches))

    def look(self, text: bytes) -> tuple[list[tuple[int, int]], int]:
        """Where the secrets stand, and from where on the end of `text` may be one that is not there whole."""
        spans: list[tuple[int, int]] = []
        settled = len(text)
        for mark in self._any.finditer(text):
            start = self._starts[(mark.lastindex or 1) - 1]
            at = mark.start() - start.rarest
            if not start.pattern.within and at > 0 and text[at - 1 : at].isalnum():
                continue
            found = start.whole.match(text, at)
            if found:
                spans.append(found.span(found.lastindex or 0))
            if start.open.match(text, at) and not (found and found[0].endswith(b"-----")):
                settled = min(settled, at)
        return spans, settled
