"""One page of a text file as a model reads it: numbered lines, long ones shortened, and what it should know besides.

Loads the page and nothing more. Opening, binary files and remembering what was read are not its business.
"""

from typing import Final

from msgspec import Struct

from pegboard_files.encoding import Encoding, Form
from pegboard_files.lines import CHUNK_BYTES, Lines

LINE_CHARACTERS: Final = 2000
PAGE_BYTES: Final = 28_000
"""A page ends before it grows beyond this, whatever its limit of lines: longer results are cut in the middle."""
COUNTED_BYTES: Final = 32 * CHUNK_BYTES
"""Up to this size the lines of a file are counted, only to say how many there are."""

_NUMBER_BYTES: Final = 8
_WIDEST: Final = 4
"""The most bytes that a character has in any of our encodings."""


class Page(Struct, frozen=True):
    """Lines `first` to `last` (0 when none), numbered; `total` is None where counting would cost too much."""

    text: str
    first: int
    last: int
    total: int | None
    notes: tuple[str, ...]

    def shown(self) -> str:
        """The page as sent to the model: the text, and one line in brackets when there is more to know."""
        told = list(self.notes)
        if self.total is None:
            told.insert(0, f"lines {self.first}-{self.last}; more: offset={self.last + 1}")
        elif self.total == 0:
            told.insert(0, "empty file")
        elif self.last < self.total:
            told.insert(0, f"lines {self.first}-{self.last} of {self.total}; more: offset={self.last + 1}")
        elif self.first > 1:
            told.insert(0, f"lines {self.first}-{self.last} of {self.total}")
        return self.text + (f"[{'; '.join(told)}]" if told else "")


class BeyondEnd(ValueError):
    """The page would begin after the file's last line; `total` is how many it has."""

    def __init__(self, total: int) -> None:
        super().__init__(f"the file has {total} lines")
        self.total = total


def page_of(lines: Lines, form: Form, *, offset: int, limit: int) -> Page:
    """The page of up to `limit` lines from line `offset` (from 1). Raises BeyondEnd."""
    at = lines.begin_of(offset)
    if at is None:
        total = lines.count()
        if total == 0 and offset == 1:
            return Page(text="", first=0, last=0, total=0, notes=_notes(form))
        raise BeyondEnd(total)
    rows: list[tuple[bytes, int]] = []
    room = PAGE_BYTES
    while at < lines.size and len(rows) < limit:
        end = lines.end_of(at)
        kept = lines.read(at, min(end, at + LINE_CHARACTERS * _WIDEST))
        room -= _weight(kept, form)
        if rows and room < 0:
            break
        rows.append((kept, end - at))
        at = end
    form, texts = _texts([kept for kept, _ in rows], form)
    numbered = [
        f"{number}\t{_row(text, len(kept), length, form)}\n"
        for number, (text, (kept, length)) in enumerate(zip(texts, rows, strict=True), offset)
    ]
    last = offset + len(rows) - 1
    return Page("".join(numbered), offset, last, _total(lines, at, last), _notes(form, texts, at >= lines.size))


def _weight(row: bytes, form: Form) -> int:
    """About as many bytes as the row will have, with its number."""
    return len(row.decode(form.encoding.value, "replace")[:LINE_CHARACTERS].encode()) + _NUMBER_BYTES


def _total(lines: Lines, at: int, last: int) -> int | None:
    if at >= lines.size:
        return last
    return lines.count() if lines.size <= COUNTED_BYTES or lines.index.is_whole else None


def _texts(rows: list[bytes], form: Form) -> tuple[Form, list[str]]:
    """The rows as text. A large file is taken for what its beginning is, so a page may turn out not to be that."""
    try:
        return form, [_decode(row, form.encoding) for row in rows]
    except UnicodeDecodeError:
        latin = Form(Encoding.LATIN1)
        return latin, [_decode(row, latin.encoding) for row in rows]


def _decode(row: bytes, encoding: Encoding) -> str:
    """A row that may be torn in its last character."""
    try:
        return row.decode(encoding.value)
    except UnicodeDecodeError as error:
        if len(row) - error.start < _WIDEST and len(row) >= LINE_CHARACTERS:
            return row[: error.start].decode(encoding.value)
        raise


def _row(text: str, kept: int, length: int, form: Form) -> str:
    line = text.removesuffix("\n").removesuffix("\r")
    if len(line) <= LINE_CHARACTERS and kept == length:
        return line
    shown = line[:LINE_CHARACTERS]
    left_out = length - len(shown.encode(form.encoding.value))
    return f"{shown}… [{left_out} more bytes in this line]"


def _notes(form: Form, texts: list[str] | None = None, at_end: object = None) -> tuple[str, ...]:
    notes = [form.told] if form.told else []
    ends = {text.endswith("\r\n") for text in texts or () if text.endswith("\n")}
    if True in ends:
        notes.append("mixed line ends" if False in ends else "CRLF line ends")
    if texts and at_end and not texts[-1].endswith("\n"):
        notes.append("no newline at the end")
    return tuple(notes)
