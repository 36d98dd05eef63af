"""Finds sessions by what was said in them. No index: the files are looked through, newest first."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.cli.summaries import Summary, summaries
from pegboard.journal.chain import peeked
from pegboard.journal.reader import FILE
from pegboard.sessions import Sessions
from pegboard_sdk.wire.records import Message, Text, Titled

_AROUND: Final = 30


class Hit(Struct, frozen=True, kw_only=True):
    """A session, and a line around the first of the words where that is in a message."""

    summary: Summary
    seq: int = 0
    line: str = ""


def search(sessions: Sessions, text: str, workspace: Path | None = None, limit: int | None = None) -> Iterator[Hit]:
    """The sessions in whose title and messages all words of `text` occur, whatever their case, newest first."""
    words = text.casefold().split()
    count = 0
    for summary in summaries(sessions, workspace):
        hit = _hit(sessions.folder / summary.id / FILE, summary, words)
        if hit is not None:
            yield hit
            count += 1
        if count == limit:
            return


def _hit(file: Path, summary: Summary, words: Sequence[str]) -> Hit | None:
    title = summary.title.casefold()
    wanted = [word for word in words if word not in title]
    if not wanted:
        return Hit(summary=summary)
    found: dict[str, tuple[int, str]] = {}
    for seq, said in _said(file, wanted):
        folded = said.casefold()
        for word in wanted:
            if word not in found and (at := folded.find(word)) >= 0:
                found[word] = seq, _around(said, at, len(word))
        if len(found) == len(wanted):
            first, line = found[wanted[0]]
            return Hit(summary=summary, seq=first, line=line)
    return None


def _said(path: Path, words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The texts of messages and titles; only lines that can hold one of the words are decoded."""
    with path.open("rb") as file:
        if not _may_hold(file.fileno(), words):
            return
        for text in file:
            if b'"type":"message"' not in text and b'"type":"titled"' not in text:
                continue
            line = peeked(text)
            if line is not None and isinstance(line.record, Titled):
                yield line.seq, line.record.title
            elif line is not None and isinstance(line.record, Message):
                yield line.seq, " ".join(part.text for part in line.record.parts if isinstance(part, Text))


def _may_hold(descriptor: int, words: Sequence[str]) -> bool:
    """Whether every word stands somewhere in the file, in JSON's spelling. Quick, since most files hold not all."""
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    spelt = [msgspec.json.encode(word)[1:-1] for word in words]
    if all(word.isascii() for word in words):
        lowered = data.lower()
        return all(word in lowered for word in spelt)
    folded = data.decode(errors="replace").casefold()
    return all(word.decode() in folded for word in spelt)


def _around(said: str, at: int, length: int) -> str:
    begin, end = max(0, at - _AROUND), min(len(said), at + length + _AROUND)
    piece = " ".join(said[begin:end].split())
    return f"{'…' if begin else ''}{piece}{'…' if end < len(said) else ''}"
