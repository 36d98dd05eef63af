"""How streams are cut, paid for, and used for values that are too long for a frame. No I/O, and no state.

A value longer than half a frame goes as bytes before its Result: a nil item, then chunks of its encoding, then a Result
whose value is nil and whose `meta` says under `CHUNKED` how many bytes there were. The receiver joins the chunks behind
the nil; they are the value. A negative `Call.window` grants its amount for such a value alone: nobody takes items.
"""

from typing import Final

from msgspec import Raw

from pegboard_sdk.wire.codec import encoder
from pegboard_sdk.wire.framing import HEADER_BYTES
from pegboard_sdk.wire.messages import NIL, stream_cost

CHUNK_BYTES: Final = (1 << 16) - 64
"""The largest piece of a long stream: control frames wait for no more, and a frame of it fits a pipe."""


VALUE_FOLLOWS: Final = NIL
"""The stream item behind which the bytes of a long value come."""

CHUNKED: Final = "chunked"
"""Key of `Result.meta`: how many bytes of value went before it as a stream."""


_ID_WIDTHS: Final = ((1 << 7, 1), (1 << 8, 2), (1 << 16, 3), (1 << 32, 5), (1 << 64, 9))


def data_head(call_id: int, size: int) -> bytes:
    """All of a Data frame but its `size` bytes of content, which then need not be copied to be sent."""
    head = b"\x93\x14" + encoder.encode(call_id)
    head += b"\xc4" + size.to_bytes(1, "big") if size < 1 << 8 else b"\xc6" + size.to_bytes(4, "big")
    return (len(head) + size).to_bytes(HEADER_BYTES, "big") + head


def data_cost(call_id: int, item: Raw) -> int:
    """What a Data frame takes from the credit, seen from its item."""
    width = next(size for limit, size in _ID_WIDTHS if call_id < limit)
    return stream_cost(2 + width + memoryview(item).nbytes)
