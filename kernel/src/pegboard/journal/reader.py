"""Reads a journal from its first line to its last whole one. It takes no lock, changes nothing and repairs nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from pegboard.journal.chain import GENESIS, MAX_LINE, BrokenLine, Line, opened, schema_of
from pegboard.journal.failure import JournalDamaged, JournalNewer
from pegboard_sdk.wire.records import SCHEMA

FILE: Final = "journal.jsonl"
"""A journal's name in its session's folder."""


class Scan:
    """One pass over a journal: `whole` is the offset after its last whole line, `torn` what stands behind that."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seq = 0
        self.hash = GENESIS
        self.whole = 0
        self.torn = 0

    def __iter__(self) -> Iterator[Line]:
        """The lines in order. Raises JournalDamaged at the first that is not the one that was written, JournalNewer."""
        for text in iter(lambda: self._file.readline(MAX_LINE), b""):
            if not text.endswith(b"\n"):
                self._end(len(text))
                return
            if schema_of(text) > SCHEMA:
                raise JournalNewer(
                    f"{self._file.name}: line {self.seq + 1} is of schema {schema_of(text)}, this Pegboard reads up to "
                    f"{SCHEMA}: update it (`peg session repair` takes what is older into a new session)"
                )
            try:
                line = opened(text, seq=self.seq + 1, prev=self.hash)
            except BrokenLine as error:
                where = f"{self._file.name}: line {self.seq + 1} is damaged: {error}"
                raise JournalDamaged(f"{where}; `peg session repair` saves what can be read") from error
            self.seq, self.hash = line.seq, line.hash
            self.whole += len(text)
            yield line

    def _end(self, length: int) -> None:
        if length >= MAX_LINE:
            raise JournalDamaged(f"{self._file.name}: line {self.seq + 1} is damaged: it has no end")
        self.torn = length


def read(folder: Path) -> Iterator[Line]:
    """The whole lines of the session in `folder`; another process may be writing behind them.

    Raises JournalDamaged at a line that is not the one that was written, FileNotFoundError without a journal.
    """
    with (folder / FILE).open("rb") as file:
        yield from Scan(file)
