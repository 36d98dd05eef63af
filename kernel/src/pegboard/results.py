"""What a tool gave, as what the model reads: stream and parts put together, long text shortened with a handle."""

import codecs
from types import TracebackType
from typing import Final

import msgspec
from msgspec import Raw, Struct

from pegboard.journal import Blobs, BlobWriter
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.methods import ToolOutput
from pegboard_sdk.wire.records import File, Image, ResultPart, Text

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


class Collected(Struct, frozen=True):
    """The parts of a result for the model, and the handle of the whole where they are not the whole."""

    parts: tuple[ResultPart, ...]
    handle: str = ""


class Collector:
    """Takes what one call streams. The whole goes to a blob as soon as it is more than the model will be shown."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._ends = HeadAndTail()
        self._start = bytearray()
        self._writer: BlobWriter | None = None

    def __enter__(self) -> "Collector":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.abandon()

    def add(self, data: bytes) -> None:
        """Take a chunk."""
        self._ends.add(data)
        if self._writer is not None:
            self._writer.write(data)
            return
        self._start += data
        if len(self._start) > SHOWN_BYTES:
            self._writer = self._blobs.writer()
            self._writer.write(bytes(self._start))
            self._start.clear()

    async def finish(self, output: ToolOutput) -> Collected:
        """Put stream and output together; blobs are on disk when this returns."""
        handle = ""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            handle = writer.finish()
        parts: list[ResultPart] = []
        for part in output.parts:
            if isinstance(part, Text):
                text, whole = self._fitted(part)
                handle = handle or whole
                parts.append(text)
            else:
                parts.append(self._kept(part, output.blobs))
        return Collected(_joined(self._ends.shortened(), handle, tuple(parts)), handle)

    def _fitted(self, part: Text) -> tuple[Text, str]:
        data = part.text.encode("utf-8", "replace")
        if len(data) <= SHOWN_BYTES:
            return part, ""
        ends = HeadAndTail()
        ends.add(data)
        handle = self._blobs.put(data)
        (text,) = _joined(ends.shortened(), handle, ())
        return (text, handle) if isinstance(text, Text) else (part, handle)

    def _kept(self, part: Image | File, blobs: dict[str, bytes]) -> Image | File:
        key = part.handle.removeprefix("blob:")
        if key == part.handle:
            return part
        if key not in blobs:
            raise InvalidParams(f"a part names blob:{key}, which the tool did not send")
        return msgspec.structs.replace(part, handle=self._blobs.put(blobs[key]))


def _joined(streamed: Shortened, handle: str, parts: tuple[ResultPart, ...]) -> tuple[ResultPart, ...]:
    """The parts of a result: what was streamed first, then what the tool returned."""
    if not streamed.missing:
        return (Text(text=streamed.head), *parts) if streamed.head else parts
    omission = f"\n… {streamed.missing} bytes left out; read_file path=output:{handle} shows the whole …\n"
    return (Text(text=streamed.head + omission + streamed.tail), *parts)
