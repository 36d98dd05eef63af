"""What a tool gave, as what the model reads: stream and parts put together, long text shortened with a handle."""

import codecs
from typing import Final

import msgspec
from msgspec import Raw, Struct

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.methods import ToolOutput
from pegboard_sdk.wire.records import ResultPart, Text

SHOWN_BYTES: Final = 30_000
"""A result with more text than this is shortened for the model; the whole stays on disk under a handle."""

HEAD_BYTES: Final = 20_000
TAIL_BYTES: Final = SHOWN_BYTES - HEAD_BYTES

_output: Final = msgspec.msgpack.Decoder(ToolOutput)


def decode_item(item: Raw) -> bytes:
    """One item of a tool's stream, as UTF-8 bytes. Raises InvalidParams when it is neither text nor bytes."""
    try:
        value = msgspec.msgpack.decode(item)
    except BAD_BODY as error:
        raise InvalidParams(f"a tool streamed what cannot be read: {error}") from error
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise InvalidParams(f"a tool may stream text or bytes, not {type(value).__name__}")


def decode_output(value: Raw) -> ToolOutput:
    """The value of a tool's Result. Raises InvalidParams when it is not a ToolOutput."""
    try:
        return _output.decode(value)
    except BAD_BODY as error:
        raise InvalidParams(f"the tool's result is not a ToolOutput: {error}") from error


class Shortened(Struct, frozen=True):
    """Text for the model. `missing` counts the bytes left out between head and tail; with 0 the head is the whole."""

    head: str
    tail: str = ""
    missing: int = 0


class HeadAndTail:
    """The first and the last of a stream of bytes, in constant memory."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self.size = 0

    def add(self, data: bytes) -> None:
        """Take a chunk; only its ends are kept once the middle is long."""
        self.size += len(data)
        room = HEAD_BYTES - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail += data
            if len(self._tail) > 2 * TAIL_BYTES:
                del self._tail[:-TAIL_BYTES]

    def shortened(self) -> Shortened:
        """The text, cut at character borders; the whole when it is short enough."""
        if self.size <= SHOWN_BYTES:
            return Shortened((self._head + self._tail).decode("utf-8", "replace"))
        tail = bytes(self._tail[-TAIL_BYTES:])
        start = next((i for i, byte in enumerate(tail[:4]) if byte & 0xC0 != 0x80), 0)
        head = codecs.getincrementaldecoder("utf-8")("replace").decode(bytes(self._head), final=False)
        missing = self.size - len(self._head) - len(tail) + start
        return Shortened(head, tail[start:].decode("utf-8", "replace"), missing)


def joined(streamed: Shortened, handle: str, parts: tuple[ResultPart, ...]) -> tuple[ResultPart, ...]:
    """The parts of a result: what was streamed first, then what the tool returned."""
    if not streamed.missing:
        return (Text(text=streamed.head), *parts) if streamed.head else parts
    omission = f"\n… {streamed.missing} bytes left out; read_file path=output:{handle} shows the whole …\n"
    return (Text(text=streamed.head + omission + streamed.tail), *parts)
