"""What a tool gave, as what the model reads: the stream first, then the parts; long text shortened, with a handle."""

import codecs
from typing import Final

import msgspec
from msgspec import Raw, Struct

from pegboard.audit.redactor import Redactor
from pegboard.journal import Blobs
from pegboard.session import Session
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.methods import ToolOutput
from pegboard_sdk.wire.records import Delta, File, Image, ResultPart, Text

_output: Final = msgspec.msgpack.Decoder(ToolOutput)


class Collected(Struct, frozen=True):
    """The parts of a result for the model, and the handle of the whole where they are not the whole."""

    parts: tuple[ResultPart, ...]
    handle: str = ""


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


class Taking:
    """A tool's stream, taken piece by piece: shown and kept without the session's secrets. End with `collect`."""

    def __init__(self, session: Session, call: str, plugin: str) -> None:
        self._session = session
        self._call = call
        self._redactor = session.redactor.of(plugin)
        self._stream = self._redactor.stream()
        self._kept = session.journal.blobs.writer()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def take(self, item: Raw) -> None:
        """The next item. Raises InvalidParams when it is neither text nor bytes, OSError as the disk does."""
        self._add(self._stream.feed(decode_item(item)))

    def _add(self, data: bytes, *, final: bool = False) -> None:
        self._kept.write(data)
        text = self._decoder.decode(data, final)
        if text:
            self._session.show(Delta(stream="output", text=text, call=self._call))

    async def collect(self, output: ToolOutput) -> Collected:
        """Put stream and output together. What is not shown whole is a durable blob when this returns."""
        self._add(self._stream.close(), final=True)
        redactor, blobs = self._redactor, self._session.journal.blobs
        kept = await self._kept.finish()
        handle = kept.handle
        parts: list[ResultPart] = [Text(text=kept.text())] if kept.size else []
        for part in output.parts:
            if isinstance(part, Text):
                whole, text = await _fitted(redactor.redact(part.text), blobs)
                handle = handle or whole
                parts.append(Text(text=text))
            else:
                parts.append(await _stored(part, output.blobs, blobs, redactor))
        return Collected(tuple(parts), handle)

    def discard(self) -> None:
        """Forget what will not be collected."""
        self._kept.discard()


async def _fitted(text: str, blobs: Blobs) -> tuple[str, str]:
    """The handle of the whole, where the text had to be shortened, and the text."""
    writer = blobs.writer()
    writer.write(text.encode("utf-8", "replace"))
    kept = await writer.finish()
    return kept.handle, kept.text()


async def _stored(part: Image | File, sent: dict[str, bytes], blobs: Blobs, redactor: Redactor) -> Image | File:
    key = part.handle.removeprefix("blob:")
    if key == part.handle:
        return part
    if key not in sent:
        raise InvalidParams(f"a part names blob:{key}, which the tool did not send")
    # What looks like a secret in the bytes of an image is chance.
    data = redactor.redact(sent[key]) if isinstance(part, File) else sent[key]
    return msgspec.structs.replace(part, handle=await blobs.put(data))
