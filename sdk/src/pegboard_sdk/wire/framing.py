"""Bytes to frame bodies and back, without I/O: a big-endian u32 length, then the body.

Every length stays below 2**24, so the first byte of a frame is zero. Any other first byte means that something printed
on the channel, and is reported as such. There is no way back after garbage: guessing where a frame begins could execute
data as calls.
"""

from typing import Final

from pegboard_sdk.errors import ChannelPolluted, FrameTruncated, ProtocolViolation
from pegboard_sdk.wire.codec import encoder
from pegboard_sdk.wire.messages import LARGEST_FRAME_BYTES, MAX_FRAME_BYTES, Frame

HEADER_BYTES: Final = 4
SMALLEST_BODY_BYTES: Final = 2
SHOWN_BYTES: Final = 64
"""How much of a polluted channel is quoted."""


def encode(frame: Frame, *, max_frame: int = LARGEST_FRAME_BYTES) -> bytes:
    """One frame, header and body. Raises ProtocolViolation when the body is larger than `max_frame`."""
    body = encoder.encode(frame)
    if len(body) > max_frame:
        raise ProtocolViolation(f"a frame of {len(body)} bytes is larger than the limit of {max_frame}")
    return len(body).to_bytes(HEADER_BYTES, "big") + body


class Framer:
    """Cuts a byte stream into frame bodies; holds at most one unfinished frame and one read."""

    def __init__(self, max_frame: int = MAX_FRAME_BYTES) -> None:
        self._max_frame = max_frame
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes in, give the bodies that are complete.

        Raises ChannelPolluted (text on the channel) or ProtocolViolation (a length that nobody may send).
        """
        buffer = self._buffer
        buffer += data
        bodies: list[bytes] = []
        start = 0
        while len(buffer) - start >= HEADER_BYTES or (len(buffer) > start and buffer[start]):
            end = start + HEADER_BYTES + self._length_at(start)
            if end > len(buffer):
                break
            bodies.append(bytes(memoryview(buffer)[start + HEADER_BYTES : end]))
            start = end
        if start:
            del buffer[:start]
        return bodies

    def finish(self) -> None:
        """The stream ended. Raises FrameTruncated when it ended inside a frame."""
        if self._buffer:
            raise FrameTruncated(f"the channel ended inside a frame, after {len(self._buffer)} bytes of it")

    @property
    def pending(self) -> int:
        """Bytes of an unfinished frame."""
        return len(self._buffer)

    def _length_at(self, start: int) -> int:
        buffer = self._buffer
        if buffer[start]:
            shown = bytes(buffer[start : start + SHOWN_BYTES])
            raise ChannelPolluted(f"text was written on the channel: {shown!r}")
        length = int.from_bytes(buffer[start : start + HEADER_BYTES], "big")
        if not SMALLEST_BODY_BYTES <= length <= self._max_frame:
            raise ProtocolViolation(
                f"a frame length of {length}, where {SMALLEST_BODY_BYTES} to {self._max_frame} is allowed"
            )
        return length
