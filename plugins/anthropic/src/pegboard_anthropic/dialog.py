"""A conversation as the JSON of its messages, grown block by block, so that turn 1,000 costs what turn 5 did.

It keeps what the server insists on: user and assistant take turns, the user first and last; after a message with calls
come their results, each once, before anything else. And it knows where the cache is to be marked: at the end, and where
the end was the last time, since a mark is looked for among the last twenty blocks alone.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from pegboard_anthropic.turns import Block, answered, said, unanswered
from pegboard_sdk import Entry, Message, Role, ToolResult
from pegboard_sdk.http import Course

_encode: Final = msgspec.json.Encoder().encode
_OPENING: Final[Block] = {"type": "text", "text": "[the conversation goes on from here]"}
_GO_ON: Final[Block] = {"type": "text", "text": "Go on."}


class Dialog:
    """The messages of one conversation."""

    def __init__(self) -> None:
        self.course = Course()
        self._json = bytearray()
        self._role: Role | None = None
        self._end = 0
        self._end_before = 0

    def extend(self, entries: Sequence[Entry], blobs: Mapping[str, bytes]) -> None:
        """Append entries. Raises InvalidParams for a result that answers no open call, BlobMissing for an image."""
        if entries:
            self._end_before = self._end
        self.course.follow(entries, lambda said: self._say(said, blobs), lambda result: self._answer(result, blobs))

    def json(self, mark: bytes, going_on: Sequence[Block] = ()) -> bytes:
        """The messages, as the inside of a JSON array. `mark` is put into the blocks that the cache is to end with.

        `going_on` is what the assistant said already of an answer that it goes on with.
        """
        pieces: list[bytes] = []
        at = 0
        for end in sorted({self._end_before, self._end} - {0}) if mark else ():
            pieces += [bytes(self._json[at:end]), mark]
            at = end
        pieces.append(bytes(self._json[at:]))
        role, tail = self._role, [unanswered(call) for call in self.course.open]
        if not going_on and not tail and role is not Role.USER:
            tail = [_GO_ON]
        if tail:
            pieces.append(_joined(role, Role.USER, tail))
            role = Role.USER
        if going_on:
            pieces.append(_joined(role, Role.ASSISTANT, going_on))
        return b"".join((*pieces, b"]}"))

    def _say(self, message: Message, blobs: Mapping[str, bytes]) -> None:
        blocks = said(message, blobs)
        role = Role.ASSISTANT if message.role is Role.ASSISTANT else Role.USER
        self._put(Role.USER, [unanswered(call) for call in self.course.open])
        if role is Role.ASSISTANT and self._role is None and blocks:
            self._put(Role.USER, [_OPENING])
        self._put(role, blocks)

    def _answer(self, result: ToolResult, blobs: Mapping[str, bytes]) -> None:
        self._put(Role.USER, [answered(result, blobs)])

    def _put(self, role: Role, blocks: Sequence[Block]) -> None:
        for block in blocks:
            self._json += _joined(self._role, role, [block])
            self._role = role
            if block["type"] not in ("thinking", "redacted_thinking"):
                self._end = len(self._json) - 1


def _joined(before: Role | None, role: Role, blocks: Sequence[Block]) -> bytes:
    """Blocks as they follow a message of `before` that is still open, in it or in one of their own."""
    head = b"," if before is role else b'{"role":"%s","content":[' % role.value.encode()
    return (b"]}," if before not in (None, role) else b"") + head + b",".join(map(_encode, blocks))
