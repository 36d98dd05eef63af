"""The reading half of a peer: bytes to frames to their routes, until the channel ends or the other side breaks it."""

from collections.abc import Callable

import trio

from pegboard_sdk.errors import FlowControl, FrameTruncated, PegboardError, ProtocolViolation
from pegboard_sdk.wire.intake import Intake
from pegboard_sdk.wire.lingering import Lingering
from pegboard_sdk.wire.messages import Frame, Peek
from pegboard_sdk.wire.outgoing import OutgoingCall
from pegboard_sdk.wire.reading import Reader


class Incoming:
    """Reads one descriptor, which it does not own; `take` gets each frame and raises when it may not come."""

    def __init__(self, fd: int, intake: Intake, take: Callable[[Frame | Peek | ProtocolViolation], None]) -> None:
        self._reader = Reader(fd)
        self._lingering = Lingering(fd)
        self._intake = intake
        self._take = take
        self._reading = trio.CancelScope()
        self._violation: PegboardError | None = None
        self._is_crowded = False

    async def run(self) -> PegboardError | None:
        """Read until the end; how the other side broke the wire, if it did."""
        with self._reading:
            while self._violation is None and (data := await self._reader.read()):
                self._is_crowded = self._feed(data) > 1
        if self._violation is None:
            try:
                self._intake.finish()
            except FrameTruncated as error:
                return error
        return self._violation

    def linger(self, call: OutgoingCall) -> bool:
        """Take what comes for a lone call at once, as long as that pays; not where several were answered together.

        Whether other tasks should have their turn now.
        """
        while not self._is_crowded and not call.is_over and (data := self._lingering.read()):
            self._feed(data)
        return self._lingering.is_others_turn()

    def _feed(self, data: bytes) -> int:
        """Take bytes; how many frames they completed."""
        frames = self._intake.feed(data)
        try:
            for frame in frames:
                self._take(frame)
        except (ProtocolViolation, FlowControl) as error:
            self._violation = error
            self._reading.cancel()
        return len(frames)
