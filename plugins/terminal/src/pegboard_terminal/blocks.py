"""Streaming markdown in blocks: what is finished will not change any more, only the last one is open. Pure.

A paragraph, a table, a heading, an item of a list each are a block; a fence comes in pieces of whole lines, so that
neither a long answer nor a long listing is ever laid out twice.
"""

import re
from typing import Final

from msgspec import Struct

PIECE: Final = 24
"""Lines of a fence that are given away together."""
CONTEXT: Final = 60
"""Lines before a piece that its highlighter still sees."""
LONGEST: Final = 6000
"""Characters of a block that does not end: it is cut at the next blank."""
_FENCE: Final = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`\s]*)[^`\n]*$")
_ITEM: Final = re.compile(r"^( {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$))")
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}(?:[ \t]|$)")
_RULE: Final = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")


class Block(Struct, frozen=True):
    """A piece of an answer. `joined`: no blank line stands between it and the one before."""

    text: str
    joined: bool = False
    language: str | None = None
    """Of a fence's piece; None where `text` is markdown."""
    context: str = ""
    """The fence's lines before this piece."""


class Blocks:
    """Takes a text in any cutting, gives its blocks. `open` is what is not finished yet."""

    def __init__(self) -> None:
        self._rest = ""
        self._lines: list[str] = []
        self._fence = ""
        self._language = ""
        self._context: list[str] = []
        self._first = True
        self._in_list = False
        self._was_item = False
        self._inside = 0
        self._gap = False
        self._done: list[Block] = []

    def feed(self, text: str) -> list[Block]:
        """The blocks that this text finished."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._take(line.removesuffix("\r"))
        if len(self._rest) > LONGEST:
            self._cut()
        return self._given()

    def finish(self) -> list[Block]:
        """The end of the text: what was open is finished, and the next text starts anew."""
        if self._rest:
            self._take(self._rest.removesuffix("\r"))
        self._rest = ""
        self._close()
        self._fence, self._first, self._in_list, self._gap = "", True, False, False
        return self._given()

    @property
    def open(self) -> Block | None:
        """What would be finished if the text ended here."""
        lines = [*self._lines, self._rest] if self._rest else self._lines
        if self._fence:
            if self._rest and self._closes(self._rest):
                lines = self._lines
            return self._piece(lines) if lines else None
        text = "\n".join(lines)
        return Block(text, joined=self._joins(lines)) if text.strip() else None

    def _given(self) -> list[Block]:
        done, self._done = self._done, []
        return done

    def _take(self, line: str) -> None:
        if self._fence:
            self._take_code(line)
        elif (found := _FENCE.match(line)) and not self._within(line):
            self._close()
            self._fence, self._language = found[1], found[2]
            self._context = []
        elif not line.strip():
            self._gap = True
            if not self._in_list or not self._lines:
                self._close()
            else:
                self._lines.append(line)
        else:
            self._take_text(line)

    def _within(self, line: str) -> bool:
        """Whether a line belongs to the item that is open, by its margin."""
        return self._in_list and bool(self._lines) and len(line) - len(line.lstrip()) >= self._inside

    def _take_text(self, line: str) -> None:
        item = None if _RULE.match(line) else _ITEM.match(line)
        if item and not self._within(line):
            # An item deeper than the last belongs to it; one at its margin begins a block of its own.
            self._close()
            self._in_list, self._inside = True, len(item[1].rstrip()) + 1
        elif self._in_list and self._gap and not line.startswith((" ", "\t")):
            self._close()
            self._in_list = False
        elif _HEADING.match(line) or (_RULE.match(line) and not self._lines):
            self._close()
            self._in_list = False
            self._lines.append(line)
            self._close()
            return
        self._gap = False
        self._lines.append(line)
        if sum(map(len, self._lines)) > LONGEST:
            self._close()

    def _take_code(self, line: str) -> None:
        if self._closes(line):
            self._close()
            self._fence, self._gap = "", True
            return
        self._lines.append(line)
        if len(self._lines) >= PIECE:
            self._give(self._piece(self._lines))

    def _closes(self, line: str) -> bool:
        bare = line.strip()
        return len(bare) >= len(self._fence) and set(bare) == {self._fence[0]} and not line.startswith("    ")

    def _cut(self) -> None:
        at = self._rest.rfind(" ", 0, LONGEST) + 1 or LONGEST
        self._take(self._rest[:at])
        self._rest = self._rest[at:]
        self._close()

    def _close(self) -> None:
        """Give away what is open."""
        while self._lines and not self._lines[-1].strip() and not self._fence:
            self._lines.pop()
        if not self._lines:
            return
        if self._fence:
            self._give(self._piece(self._lines))
        else:
            self._give(Block("\n".join(self._lines), joined=self._joins(self._lines)))

    def _give(self, block: Block) -> None:
        self._done.append(block)
        if self._fence:
            self._context = [*self._context, *self._lines][-CONTEXT:]
        self._first = False
        self._was_item = self._in_list and not self._fence
        self._lines = []

    def _joins(self, lines: list[str]) -> bool:
        return self._first or (self._was_item and self._in_list and bool(_ITEM.match(lines[0])))

    def _piece(self, lines: list[str]) -> Block:
        joined = self._first or bool(self._context)
        return Block("\n".join(lines), joined=joined, language=self._language, context="\n".join(self._context))
