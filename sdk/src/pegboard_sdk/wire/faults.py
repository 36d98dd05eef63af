"""Errors to Error frames and back. Nothing else turns one into the other."""

from typing import Final

import msgspec

from pegboard_sdk.errors import PegboardError, error_from
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.messages import NIL, Error

RETRY_NO: Final = 0
RETRY_AFTER: Final = 2


def error_frame(call_id: int, error: PegboardError) -> Error:
    """The frame that ends a call with an error."""
    if error.retry_ms is None:
        return Error(call_id, error.code, error.message, RETRY_NO, int(error.effect))
    return Error(call_id, error.code, error.message, RETRY_AFTER, int(error.effect), pack({"retry_ms": error.retry_ms}))


def error_in(frame: Error) -> PegboardError:
    """The error that a frame carries; a delay that cannot be read is left out."""
    retry_ms: int | None = None
    if frame.retry == RETRY_AFTER and frame.data != NIL:
        try:
            retry_ms = msgspec.msgpack.decode(frame.data, type=dict[str, int]).get("retry_ms")
        except BAD_BODY:
            retry_ms = None
    return error_from(frame.code, frame.msg, frame.effect, retry_ms)
