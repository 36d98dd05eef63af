"""What comes in, checked as far as that needs no knowledge of open calls: frames, kinds, fields, ids. No I/O.

Both runtimes and the kernel read through it, so that they agree on what is skipped, what costs one call and what ends
the connection.
"""

import time
from enum import Enum
from typing import Final, get_args

from pegboard_sdk.errors import ProtocolViolation
from pegboard_sdk.wire.codec import BAD_BODY, frame_decoder, peek_decoder
from pegboard_sdk.wire.framing import SHOWN_BYTES, Framer
from pegboard_sdk.wire.messages import IGNORABLE, Call, Frame, Peek

KINDS: Final = frozenset(kind.__struct_config__.tag for kind in get_args(Frame))
"""Kinds of this major."""

FIRST_OF_CALLS: Final = 16
"""`Call`. Kinds from here on belong to a call, those below to the connection."""

MOST_INVALID_PER_MINUTE: Final = 100


class Side(Enum):
    """Which end of the wire; the value is the parity of the ids of the calls that it opens."""

    KERNEL = 0
    PLUGIN = 1

    @property
    def other(self) -> "Side":
        """The opposite end."""
        return Side.PLUGIN if self is Side.KERNEL else Side.KERNEL


class Intake:
    """Turns bytes from the other side into frames. Memory: one unfinished frame and one read."""

    def __init__(self, sender: Side, max_frame: int) -> None:
        self._framer = Framer(max_frame)
        self._parity = sender.value
        self._last_call = 0
        self._invalid: list[float] = []
        self.skipped = 0
        """Frames of kinds that are ours to ignore."""

    def feed(self, data: bytes) -> list[Frame | Peek | ProtocolViolation]:
        """The frames that `data` completes.

        A `Peek` stands for a frame of a call whose fields could not be read. A violation, always the last element, ends
        the connection after what stands before it; nothing is raised.
        """
        frames: list[Frame | Peek | ProtocolViolation] = []
        try:
            for body in self._framer.feed(data):
                try:
                    frame: Frame | Peek | None = frame_decoder.decode(body)
                except BAD_BODY:
                    frame = self._peek(body)
                if type(frame) is Call:
                    self._check_new(frame.id)
                if frame is not None:
                    frames.append(frame)
            if self._framer.fault is not None:
                frames.append(self._framer.fault)
        except ProtocolViolation as violation:
            frames.append(violation)
        return frames

    def finish(self) -> None:
        """The channel ended. Raises FrameTruncated when it ended inside a frame."""
        self._framer.finish()

    def _check_new(self, call_id: int) -> None:
        if call_id <= self._last_call or call_id % 2 != self._parity:
            raise ProtocolViolation(f"a new call with id {call_id} after {self._last_call}")
        self._last_call = call_id

    def _peek(self, body: bytes | memoryview) -> Peek | None:
        try:
            peek = peek_decoder.decode(body)
        except BAD_BODY as error:
            raise ProtocolViolation(f"a frame that is no [kind, id, ...]: {body[:SHOWN_BYTES].hex()}") from error
        if peek.kind in IGNORABLE:
            self.skipped += 1
            return None
        if peek.kind not in KINDS:
            raise ProtocolViolation(f"a frame of unknown kind {peek.kind}: {body[:SHOWN_BYTES].hex()}")
        if peek.kind < FIRST_OF_CALLS:
            raise ProtocolViolation(f"a frame of kind {peek.kind} with bad fields: {body[:SHOWN_BYTES].hex()}")
        if peek.kind == FIRST_OF_CALLS:
            self._check_new(peek.id)
        self._count_invalid()
        return peek

    def _count_invalid(self) -> None:
        now = time.monotonic()
        self._invalid = [*(then for then in self._invalid if now - then < 60), now]
        if len(self._invalid) > MOST_INVALID_PER_MINUTE:
            raise ProtocolViolation(f"more than {MOST_INVALID_PER_MINUTE} unreadable frames in a minute")
