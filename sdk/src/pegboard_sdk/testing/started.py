"""A call that a test has made and that may still run. The board reads; this holds what came."""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Raw

from pegboard_sdk.errors import ProtocolViolation
from pegboard_sdk.wire.faults import error_in
from pegboard_sdk.wire.messages import Cancel, Credit, Data, Error, Frame, Progress, Result
from pegboard_sdk.wire.streaming import CHUNKED, VALUE_FOLLOWS, data_cost

T = TypeVar("T")


class Started:
    """One call. `credit` False: the test grants none beyond the window, to see what the plugin does then."""

    def __init__(
        self, call_id: int, send: Callable[[Frame], None], until: Callable[[Callable[[], bool]], None]
    ) -> None:
        self.id = call_id
        self.progress: list[Progress] = []
        self.is_topped_up = True
        self.end: Result | Error | None = None
        self._send = send
        self._until = until
        self._items: list[Raw] = []
        self._value: bytearray | None = None

    def result(self, kind: type[T]) -> T:
        """Wait for the end; the value. Raises the error that the call ended with."""
        self._until(lambda: self.end is not None)
        if isinstance(self.end, Error):
            raise error_in(self.end)
        value = Raw(bytes(self._value)) if self._value is not None else self.end.value if self.end else Raw()
        return msgspec.msgpack.decode(value, type=kind)

    def wait_for_items(self, count: int) -> None:
        """Wait until so many stream items came."""
        self._until(lambda: len(self._items) >= count or self.end is not None)

    def items(self, kind: type[T]) -> list[T]:
        """The stream items so far."""
        return [msgspec.msgpack.decode(item, type=kind) for item in self._items]

    def output(self) -> str:
        """The text that was streamed so far."""
        parts = self.items(object)
        return "".join(part.decode() if isinstance(part, bytes) else str(part) for part in parts)

    def cancel(self, why: str = "user", grace_ms: int = 2000) -> None:
        """Ask the plugin to end it."""
        self._send(Cancel(self.id, why, grace_ms))

    def grant(self, size: int) -> None:
        """Give stream credit."""
        self._send(Credit(self.id, size))

    def take(self, frame: Frame) -> None:
        """A frame of this call came. Raises ProtocolViolation when it may not come."""
        if self.end is not None:
            raise ProtocolViolation(f"{type(frame).__name__} after the end of call {self.id}")
        if isinstance(frame, Data):
            self._take_item(frame)
        elif isinstance(frame, Progress):
            self.progress.append(frame)
        elif isinstance(frame, Result | Error):
            self.end = frame
            expected = frame.meta.get(CHUNKED) if isinstance(frame, Result) else None
            if expected is not None and msgspec.msgpack.decode(expected) != len(self._value or b""):
                raise ProtocolViolation(f"call {self.id} lost a part of its value")

    def _take_item(self, frame: Data) -> None:
        if self._value is not None:
            self._value += msgspec.msgpack.decode(frame.item, type=bytes)
        elif bytes(frame.item) == bytes(VALUE_FOLLOWS):
            self._value = bytearray()
        else:
            self._items.append(frame.item)
        if self.is_topped_up:
            self.grant(data_cost(self.id, frame.item))
