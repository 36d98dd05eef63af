"""Frame bodies to and from bytes: one encoder and one decoder for each use, and which faults a bad body can have."""

from typing import Any, Final

import msgspec

from pegboard_sdk.wire.messages import Frame, Peek

JsonObject = dict[str, Any]
"""A JSON object of a shape that we do not define, such as the arguments of a tool. The only untyped value on the wire:
msgspec cannot express a recursive JSON type."""

BAD_BODY: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""All that decoding foreign bytes can raise; the last two are not msgspec errors."""

encoder: Final = msgspec.msgpack.Encoder()
"""Encodes any of our types. Stateless, so one serves all."""

frame_decoder: Final[msgspec.msgpack.Decoder[Frame]] = msgspec.msgpack.Decoder(Frame)
"""Decodes a frame body into its type; payloads stay `Raw`."""

peek_decoder: Final = msgspec.msgpack.Decoder(Peek)
"""Decodes only kind and id, and skips the rest."""


def pack(value: object) -> msgspec.Raw:
    """Encode a payload for a `Raw` field."""
    return msgspec.Raw(encoder.encode(value))


def decode_frame(body: bytes | memoryview) -> Frame | Peek:
    """Decode a body; a `Peek` when its kind is unknown or its fields are wrong but kind and id can be read.

    Raises one of `BAD_BODY` when not even these can be read.
    """
    try:
        return frame_decoder.decode(body)
    except BAD_BODY:
        return peek_decoder.decode(body)
