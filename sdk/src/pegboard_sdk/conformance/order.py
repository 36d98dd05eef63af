"""Which frames a plugin may send when. It watches one connection and notes what breaks the order; no I/O."""

from pegboard_sdk.wire.codec import BAD_BODY, decode_frame
from pegboard_sdk.wire.messages import (
    IGNORABLE,
    TERMINAL,
    Bye,
    Call,
    Cancel,
    Credit,
    Data,
    Drain,
    Drop,
    End,
    Error,
    Frame,
    Hello,
    Log,
    Peek,
    Progress,
    Ready,
    Result,
    stream_cost,
)


class Order:
    """The rules for what comes from a plugin. `faults` says each break in a sentence."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.opened: set[int] = set()
        self.ended: dict[int, Result | Error] = {}
        self.credit: dict[int, int] = {}
        self._is_ready = False
        self._has_left = False
        self._last_call = -1

    def take(self, body: bytes | memoryview) -> Frame | None:
        """The frame in a body that came; None when it is to be skipped or cannot be read, which is noted."""
        try:
            frame = decode_frame(body)
        except BAD_BODY:
            self.faults.append(f"a frame that is no [kind, id, ...]: {body[:32].hex()}")
            return None
        if isinstance(frame, Peek):
            if frame.kind not in IGNORABLE:
                self.faults.append(f"a frame of kind {frame.kind} that cannot be read: {body[:32].hex()}")
            return None
        self._place(frame)
        if isinstance(frame, Call):
            self._nested(frame)
        elif isinstance(frame, Data):
            self._pay(frame, len(body))
        if isinstance(frame, (*TERMINAL, Data, Progress, Drop)):
            self._of_call(frame)
        return frame

    def _place(self, frame: Frame) -> None:
        if self._has_left:
            self.faults.append(f"{_name(frame)} after Bye")
        if not self._is_ready and not isinstance(frame, Ready | Log | Bye):
            self.faults.append(f"{_name(frame)} before Ready")
        if isinstance(frame, Ready):
            if self._is_ready:
                self.faults.append("Ready twice")
            self._is_ready = True
        elif isinstance(frame, Bye):
            self._has_left = True
        elif isinstance(frame, Hello | Drain | End):
            self.faults.append(f"{_name(frame)}, which only the kernel sends")

    def _nested(self, call: Call) -> None:
        if call.id <= self._last_call or call.id % 2 == 0:
            self.faults.append(f"a call with id {call.id} after {self._last_call}; a plugin's ids are odd and grow")
        self._last_call = max(self._last_call, call.id)
        if call.parent not in self.opened or call.parent in self.ended:
            self.faults.append(f"{call.method} with parent {call.parent}, which is no open call")

    def _of_call(self, frame: Result | Error | Data | Progress | Drop) -> None:
        if frame.id not in self.opened:
            self.faults.append(f"{_name(frame)} for call {frame.id}, which was never made")
        elif frame.id in self.ended:
            self.faults.append(f"{_name(frame)} for call {frame.id} after its end")
        elif isinstance(frame, Result | Error):
            self.ended[frame.id] = frame

    def _pay(self, frame: Data, size: int) -> None:
        left = self.credit.get(frame.id, 0)
        if left <= 0:
            self.faults.append(f"Data for call {frame.id} without credit")
        self.credit[frame.id] = left - stream_cost(size)


def _name(frame: Frame | Credit | Cancel) -> str:
    return type(frame).__name__
