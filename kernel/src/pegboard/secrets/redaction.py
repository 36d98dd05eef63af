"""Takes secrets out of what tools give, once, before anything is kept or shown.

First the values that are known, in every spelling, then tokens that are known by how they look. Each becomes
`⟦secret:k⟧`, with the same k for the same text as long as the session runs; what stands for what is nowhere on disk.
"""

import re
from collections.abc import Iterable, Iterator
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


class Redactor:
    """What one session calls secret. `source` is who gave a text: only to them what it hid is ever said again."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._needles = Needles()
        self._patterns = Patterns()
        self._openings = Needles()
        self._openings.add(self._patterns.starts)
        self._numbers: dict[bytes, int] = {}
        self._values: list[bytes] = []
        self._seen: set[tuple[str, int]] = set()
        self.learn(*values)

    def learn(self, *values: str) -> None:
        """Hide these from now on, too. What is shorter than 8 bytes would be found everywhere and is passed over."""
        long = (value for value in values if len(value.encode("utf-8", "surrogatepass")) >= SHORTEST)
        self._needles.add(text for value in long for text in spellings(value))

    def redact(self, data: D, source: str = "") -> D:
        """`data` without secrets."""
        if isinstance(data, str):
            raw = data.encode("utf-8", "surrogatepass")
            clean = self.redact(raw, source)
            return data if clean == raw else clean.decode("utf-8", "surrogatepass")
        stream = self.stream(source)
        return stream.feed(data) + stream.close()

    def stream(self, source: str = "") -> "Stream":
        """For a text that comes in pieces."""
        return Stream(self, source)

    def reveal(self, text: str, source: str = "") -> str:
        """`text` with what `source` itself had shown in place of its marks; a mark that it cannot know stays."""

        def original(mark: re.Match[str]) -> str:
            number = int(mark[1])
            if (source, number) not in self._seen:
                return mark[0]
            return self._values[number - 1].decode("utf-8", "surrogatepass")

        return MARK.sub(original, text)

    def look(self, text: bytes) -> tuple[list[tuple[int, int]], int]:
        """Where secrets stand, sorted and apart; and from where on the end may be one that is not there whole."""
        spans, settled = self._patterns.look(text)
        folded = text.translate(None, WHITE)
        hits = list(self._needles.spans(folded))
        if hits:
            places = [at for at, byte in enumerate(text) if byte not in WHITE]
            spans += [(places[first], places[end - 1] + 1) for first, end in hits]
        settled = min(settled, _opening(self._needles, text), _opening(self._openings, text))
        return list(_apart(spans)), settled

    def mark(self, secret: bytes, source: str) -> bytes:
        """What stands for a secret, line by line."""

        def line(found: re.Match[bytes]) -> bytes:
            number = self._numbers.setdefault(found[1], len(self._numbers) + 1)
            if number > len(self._values):
                self._values.append(found[1])
            self._seen.add((source, number))
            return found[0][: -len(found[1])] + f"⟦secret:{number}⟧".encode()

        return _LINES.sub(line, secret)


class Stream:
    """A text that comes in pieces. What may be the beginning of a secret is held back until more is known."""

    def __init__(self, redactor: Redactor, source: str) -> None:
        self._redactor = redactor
        self._source = source
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
        spans, settled = self._redactor.look(text)
        end = len(text) if is_last else max(done, settled)
        given: list[bytes] = []
        for first, last in spans:
            if first < end < last:
                end = max(done, first)
            if done < last <= end:
                given += [
                    text[done : max(first, done)],
                    self._redactor.mark(text[max(first, done) : last], self._source),
                ]
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
