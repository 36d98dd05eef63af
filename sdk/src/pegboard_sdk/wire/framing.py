"""Bytes to frame bodies and back, without I/O: a big-endian u32 length, then the body.

Every length stays below 2**24, so the first byte of a frame is zero. Any other first byte means that something printed
on the channel, and is reported as such. There is no way back after garbage: guessing where a frame begins could execute
data as calls.
"""

import struct
from typing import Final

from pegboard_sdk.errors import ChannelPolluted, FrameTruncated, ProtocolViolation
from pegboard_sdk.wire.codec import encoder
from pegboard_sdk.wire.messages import LARGEST_FRAME_BYTES, MAX_FRAME_BYTES, Frame

HEADER_BYTES: Final = 4
SMALLEST_BODY_BYTES: Final = 2
VIEWED_BYTES: Final = 1 << 15
"""Bodies from this size on are views of what was read; a shorter one must not keep a whole read in memory."""

_length_at: Final = struct.Struct(">I").unpack_from
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
        self._held = bytearray()
        self._needed = HEADER_BYTES
        self.fault: ProtocolViolation | None = None
        """What was found behind the last good frame; every further `feed` raises it."""

    def feed(self, data: bytes) -> list[bytes | memoryview]:
        """Take bytes in, give the bodies that are complete; long ones are views of memory that is theirs from then on.

        Raises ChannelPolluted (text on the channel) or ProtocolViolation (a length that nobody may send), at once where
        nothing good came before it, else at the next call.
        """
        if self.fault is not None:
            raise self.fault
        bodies: list[bytes | memoryview] = []
        try:
            start = self._complete_held(data, bodies) if self._held else 0
            self._cut(data, start, bodies)
        except ProtocolViolation as violation:
            self._held.clear()
            self.fault = violation
            if not bodies:
                raise
        return bodies

    def finish(self) -> None:
        """The stream ended. Raises FrameTruncated when it ended inside a frame."""
        if self._held:
            raise FrameTruncated(f"the channel ended inside a frame, after {len(self._held)} bytes of it")

    @property
    def pending(self) -> int:
        """Bytes of an unfinished frame."""
        return len(self._held)

    def _complete_held(self, data: bytes, bodies: list[bytes | memoryview]) -> int:
        """Go on with the unfinished frame; how much of `data` it took."""
        held = self._held
        start = 0
        while start < len(data):
            end = start + self._needed - len(held)
            held += data[start:end]
            start = min(end, len(data))
            if len(held) < self._needed:
                break
            if self._needed == HEADER_BYTES:
                length = int.from_bytes(held, "big")
                if not SMALLEST_BODY_BYTES <= length <= self._max_frame:
                    raise self._refusal(length, bytes(held))
                self._needed += length
                continue
            bodies.append(self._taken())
            break
        return start

    def _taken(self) -> bytes | memoryview:
        """The body of the frame that is held, which is finished. A long one is not copied."""
        body = memoryview(self._held)[HEADER_BYTES:]
        self._held = bytearray()
        self._needed = HEADER_BYTES
        return body if len(body) >= VIEWED_BYTES else bytes(body)

    def _cut(self, data: bytes, start: int, bodies: list[bytes | memoryview]) -> None:
        """The frames that lie whole in `data`; the rest is held."""
        size = len(data)
        largest = self._max_frame
        first = start + HEADER_BYTES
        while first <= size:
            (length,) = _length_at(data, start)
            if not SMALLEST_BODY_BYTES <= length <= largest:
                raise self._refusal(length, data[start : start + SHOWN_BYTES])
            start = first + length
            if start > size:
                start = first - HEADER_BYTES
                self._needed = HEADER_BYTES + length
                break
            bodies.append(data[first:start] if length < VIEWED_BYTES else memoryview(data)[first:start])
            first = start + HEADER_BYTES
        if start < size:
            self._held += data[start:]
            if self._held[0]:
                raise self._polluted(bytes(self._held))

    def _refusal(self, length: int, text: bytes) -> ProtocolViolation:
        """Why no frame may begin like this."""
        if text[0]:
            return self._polluted(text)
        return ProtocolViolation(
            f"a frame length of {length}, where {SMALLEST_BODY_BYTES} to {self._max_frame} is allowed"
        )

    def _polluted(self, text: bytes) -> ChannelPolluted:
        return ChannelPolluted(f"text was written on the channel: {text[:SHOWN_BYTES]!r}")
