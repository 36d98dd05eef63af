"""What was typed before, in a file of the plugin's own that only its user may read; this workspace's comes first.

A line is a JSON array of workspace and text. Lines are appended whole, so two front-ends may write at once; a line that
is damaged is skipped.
"""

import os
from typing import Final

import msgspec

FILE: Final = "history.jsonl"
KEPT: Final = 2000
"""Entries that are read; a file of twice as many is cut to them."""
_LONGEST: Final = 20_000
"""Characters of an entry; a longer one is not kept."""


class Recall:
    """A walk through entries: back, and forth again to what was being typed."""

    def __init__(self, entries: list[str]) -> None:
        self._entries = entries
        self._at = len(entries)
        self._typed = ""

    def step(self, by: int, typed: str) -> str | None:
        """The text so many entries further; None where there is none."""
        at = self._at + by
        if not 0 <= at <= len(self._entries):
            return None
        if self._at == len(self._entries):
            self._typed = typed
        self._at = at
        return self._typed if at == len(self._entries) else self._entries[at]


class History:
    """The entries of one workspace and those of the others. An unusable folder means a history for this run only."""

    def __init__(self, folder: str, workspace: str) -> None:
        self._path = os.path.join(folder, FILE) if folder else ""
        self._workspace = workspace
        self._own: list[str] = []
        self._others: list[str] = []
        self._load()

    def entries(self) -> list[str]:
        """Oldest first; those of other workspaces before all of this one's, each text once."""
        newest_first = dict.fromkeys([*reversed(self._own), *reversed(self._others)])
        return list(reversed(newest_first))

    def add(self, text: str) -> None:
        """Keep an entry; one that begins with a blank is kept by nobody."""
        if not text.strip() or text[0].isspace() or len(text) > _LONGEST or self._own[-1:] == [text]:
            return
        self._own.append(text)
        if self._path:
            self._append([(self._workspace, text)], os.O_APPEND)

    def _load(self) -> None:
        try:
            with open(self._path, "rb") as file:
                lines = file.read().split(b"\n")
        except OSError:
            return
        decoder = msgspec.json.Decoder(tuple[str, str])
        kept: list[tuple[str, str]] = []
        for line in lines:
            try:
                kept.append(decoder.decode(line))
            except msgspec.DecodeError:
                continue
        if len(kept) > 2 * KEPT:
            kept = kept[-KEPT:]
            self._append(kept, os.O_TRUNC)
        for workspace, text in kept[-KEPT:]:
            (self._own if workspace == self._workspace else self._others).append(text)

    def _append(self, entries: list[tuple[str, str]], how: int) -> None:
        data = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
        except OSError:
            self._path = ""
            return
        try:
            os.write(fd, data)
        except OSError:
            self._path = ""
        finally:
            os.close(fd)
