"""A conversation as the JSON of its messages, grown entry by entry, so that turn 1,000 costs what turn 5 did.

It keeps what servers insist on: after a message with calls exactly one result each, before anything else is said.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from pegboard_openai.turns import ChatMessage, chat_message, missing_result, shown_images, tool_message
from pegboard_sdk import Entry, InvalidParams, Message, ToolCall, ToolResult

_encode: Final = msgspec.json.Encoder().encode


class Dialog:
    """The messages of one conversation. `calls` are the ids of all calls in it."""

    def __init__(self) -> None:
        self.count = 0
        self.last: Entry | None = None
        self.calls: set[str] = set()
        self._json = bytearray()
        self._open: dict[str, None] = {}
        self._images: list[ChatMessage] = []

    def extend(self, entries: Sequence[Entry], blobs: Mapping[str, bytes]) -> None:
        """Append entries. Raises InvalidParams for a result that answers no open call, BlobMissing for an image."""
        for entry in entries:
            if isinstance(entry, ToolResult):
                self._answer(entry, blobs)
            else:
                self._say(entry, blobs)
            self.count += 1
            self.last = entry

    def pieces(self) -> tuple[bytes | bytearray, ...]:
        """The messages as pieces of a JSON array's inside; valid until the next `extend`."""
        tail = b"".join(b"," + _encode(missing_result(call)) for call in self._open)
        return (self._json, tail if self._json else tail[1:])

    def _say(self, message: Message, blobs: Mapping[str, bytes]) -> None:
        said = chat_message(message, blobs)
        for call in self._open:
            self._put(missing_result(call))
        self._open.clear()
        self._show()
        if said is not None:
            self._put(said)
        for part in message.parts:
            if isinstance(part, ToolCall):
                self._open[part.call] = None
                self.calls.add(part.call)

    def _answer(self, result: ToolResult, blobs: Mapping[str, bytes]) -> None:
        if result.call not in self._open:
            known = "a second time" if result.call in self.calls else "and no such call was made"
            raise InvalidParams(f"entry {self.count}: the result of `{result.tool}` answers call {result.call} {known}")
        images = shown_images(result, blobs)
        self._put(tool_message(result))
        del self._open[result.call]
        self._images += images
        if not self._open:
            self._show()

    def _show(self) -> None:
        if self._images:
            self._put({"role": "user", "content": self._images})
            self._images = []

    def _put(self, message: dict[str, Any]) -> None:
        if self._json:
            self._json += b","
        self._json += _encode(message)
