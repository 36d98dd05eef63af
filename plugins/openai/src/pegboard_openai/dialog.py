"""A conversation as the JSON of its messages, grown entry by entry, so that turn 1,000 costs what turn 5 did.

It keeps what servers insist on: after a message with calls exactly one result each, before anything else is said.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from pegboard_sdk import Entry, Message, ToolResult
from pegboard_sdk.http import Course

_encode: Final = msgspec.json.Encoder().encode

Piece = dict[str, Any]
"""A message or an item in the server's form."""


class Form(Protocol):
    """How one entry is said to a server. Raises BlobMissing for an image whose bytes did not come."""

    def said(self, message: Message, blobs: Mapping[str, bytes]) -> list[Piece]:
        """A message."""

    def result(self, result: ToolResult, blobs: Mapping[str, bytes]) -> Piece:
        """The result of a call."""

    def missing(self, call: str) -> Piece:
        """What stands for a result that never came."""

    def shown(self, result: ToolResult, blobs: Mapping[str, bytes]) -> list[Piece]:
        """What of a result has to be said apart, behind the last result of its message."""

    def showing(self, pieces: list[Piece]) -> Piece:
        """The message that says so."""


class Dialog:
    """The messages of one conversation."""

    def __init__(self, form: Form) -> None:
        self.course = Course()
        self._form = form
        self._json = bytearray()
        self._apart: list[Piece] = []

    def extend(self, entries: Sequence[Entry], blobs: Mapping[str, bytes]) -> None:
        """Append entries. Raises InvalidParams for a result that answers no open call, BlobMissing for an image."""
        self.course.follow(entries, lambda said: self._say(said, blobs), lambda result: self._answer(result, blobs))

    def pieces(self) -> tuple[bytes | bytearray, ...]:
        """The messages, as pieces of a JSON array's inside, none of them empty; valid until the next `extend`."""
        missing = b",".join(_encode(self._form.missing(call)) for call in self.course.open)
        if self._json and missing:
            return (self._json, b",", missing)
        return tuple(filter(None, (self._json, missing)))

    def _say(self, message: Message, blobs: Mapping[str, bytes]) -> None:
        said = self._form.said(message, blobs)
        for call in self.course.open:
            self._put(self._form.missing(call))
        self._show()
        for piece in said:
            self._put(piece)

    def _answer(self, result: ToolResult, blobs: Mapping[str, bytes]) -> None:
        apart = self._form.shown(result, blobs)
        self._put(self._form.result(result, blobs))
        self._apart += apart
        if not self.course.open:
            self._show()

    def _show(self) -> None:
        if self._apart:
            self._put(self._form.showing(self._apart))
            self._apart = []

    def _put(self, piece: Piece) -> None:
        if self._json:
            self._json += b","
        self._json += _encode(piece)
