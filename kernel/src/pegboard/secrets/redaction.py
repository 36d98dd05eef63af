"""Takes secrets out of what tools give, once, before anything is kept or shown.

First the values that are known, in every spelling, then tokens that are known by how they look. Each becomes
`⟦secret:k⟧`, with the same k for the same text as long as the session runs; what stands for what is nowhere on disk.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Final, TypeVar

from pegboard.secrets.needles import SHORTEST, Needles
from pegboard.secrets.patterns import Patterns
from pegboard.secrets.spelling import WHITE, spellings

MARK: Final = re.compile(r"⟦secret:([0-9]{1,9})⟧")
STEP: Final = 1 << 16
REMEMBERED: Final = 256
"""Bytes already given out that are looked at again, so that a value in pieces is still recognised."""
_LINES: Final = re.compile(rb"(?:[ ]*[0-9]+\t)?([^\r\n]+)")
"""Of what spans lines each line is replaced by itself, but for the number that `read_file` puts before it."""

D = TypeVar("D", bytes, str)


class _Book:
    """What all views of one session share. The search is made ready when a text is first looked at."""

    def __init__(self) -> None:
        self.learned: list[str] = []
        self.numbers: dict[bytes, int] = {}
        self.values: list[bytes] = []
        self.seen: set[tuple[str, int]] = set()
        self._needles = Needles()
        self._openings = Needles()

    @cached_property
    def _patterns(self) -> Patterns:
        patterns = Patterns()
        self._openings.add(patterns.starts)
        return patterns

    def look(self, text: bytes) -> tuple[list[tuple[int, int]], int]:
        """Where secrets stand, sorted and apart; and from where on the end may be one that is not there whole."""
        if self.learned:
            self._needles.add(spelling for value in self.learned for spelling in spellings(value))
            self.learned.clear()
        spans, settled = self._patterns.look(text)
        hits = list(self._needles.spans(text.translate(None, WHITE)))
        if hits:
            places = [at for at, byte in enumerate(text) if byte not in WHITE]
            spans += [(places[first], places[end - 1] + 1) for first, end in hits]
        settled = min(settled, _opening(self._needles, text), _opening(self._openings, text))
        return list(_apart(spans)), settled


class Redactor:
    """What one session calls secret. `of(source)` is the same for who gives a text: what it hid is said to it alone."""

    def __init__(self, values: Iterable[str] = (), *, book: _Book | None = None, source: str = "") -> None:
        self._book = book or _Book()
        self._source = source
        self.learn(*values)

    def of(self, source: str) -> "Redactor":
        """The same session's, for texts of this source."""
        return Redactor(book=self._book, source=source)

    def learn(self, *values: str) -> None:
        """Hide these from now on, too. What is shorter than 8 bytes would be found everywhere and is passed over."""
        self._book.learned += [one for one in values if len(one.encode("utf-8", "surrogatepass")) >= SHORTEST]

    def redact(self, data: D) -> D:
        """`data` without secrets; a second time changes nothing."""
        if isinstance(data, str):
            raw = data.encode("utf-8", "surrogatepass")
            clean = self.redact(raw)
            return data if clean == raw else clean.decode("utf-8", "surrogatepass")
        stream = self.stream()
        return stream.feed(data) + stream.close()

    def stream(self) -> "Stream":
        """For a text that comes in pieces."""
        return Stream(self._book.look, self.mark)

    def reveal(self, text: str) -> str:
        """`text` with what this source itself had shown in place of its marks; a mark that it cannot know stays."""

        def original(mark: re.Match[str]) -> str:
            if (self._source, int(mark[1])) not in self._book.seen:
                return mark[0]
            return self._book.values[int(mark[1]) - 1].decode("utf-8", "surrogatepass")

        return MARK.sub(original, text)

    def mark(self, secret: bytes) -> bytes:
        """What stands for a secret, line by line."""

        def line(found: re.Match[bytes]) -> bytes:
            number = self._book.numbers.setdefault(found[1], len(self._book.numbers) + 1)
            if number > len(self._book.values):
                self._book.values.append(found[1])
            self._book.seen.add((self._source, number))
            return found[0][: -len(found[1])] + f"⟦secret:{number}⟧".encode()

        return _LINES.sub(line, secret)


class Stream:
    """A text that comes in pieces. What may be the beginning of a secret is held back until more is known."""

    def __init__(
        self, look: Callable[[bytes], tuple[list[tuple[int, int]], int]], mark: Callable[[bytes], bytes]
    ) -> None:
        self._look = look
        self._mark = mark
        self._past = b""
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next piece in; what can be given out by now."""
        return b"".join(self._advance(data[at : at + STEP], is_last=False) for at in range(0, len(data), STEP))

    def close(self) -> bytes:
        """The rest. Nothing may be fed after it."""
        return self._advance(b"", is_last=True)

    def _advance(self, data: bytes, *, is_last: bool) -> bytes:
        text = self._past + self._held + data
        done = len(self._past)
        spans, settled = self._look(text)
        end = len(text) if is_last else max(done, settled)
        given: list[bytes] = []
        for first, last in spans:
            if first < end < last:
                end = max(done, first)
            if done < last <= end:
                given += [text[done : max(first, done)], self._mark(text[max(first, done) : last])]
                done = last
        given.append(text[done:end])
        self._past, self._held = text[max(0, end - REMEMBERED) : end], text[end:]
        return b"".join(given)


def _opening(needles: Needles, text: bytes) -> int:
    """From where on the end of `text` may be the beginning of a value. A short one that white space ends is none."""
    tail = text[-2 * needles.longest - 64 :]
    places = [at for at, byte in enumerate(tail) if byte not in WHITE]
    for at in needles.opening(bytes(tail[place] for place in places)):
        rest = tail[places[at] :]
        if len(folded := rest.translate(None, WHITE)) == len(rest) or len(folded) >= SHORTEST:
            return len(text) - len(rest)
    return len(text)


def _apart(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Those that overlap become one."""
    first, last = -1, -1
    for start, end in sorted(spans):
        if start >= last:
            if last > first:
                yield first, last
            first = start
        last = max(last, end)
    if last > first:
        yield first, last
