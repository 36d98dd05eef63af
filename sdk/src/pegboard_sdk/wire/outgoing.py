"""A call that was made: its stream as it arrives, its credit, its one end. The peer routes frames to it."""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import msgspec
import trio
from msgspec import Raw, Struct

from pegboard_sdk.errors import FlowControl, PegboardError, ProtocolViolation, TooLarge
from pegboard_sdk.wire.codec import BAD_BODY
from pegboard_sdk.wire.deadlines import Deadline
from pegboard_sdk.wire.faults import error_in
from pegboard_sdk.wire.messages import Credit, Data, Error, Frame, Progress, Result
from pegboard_sdk.wire.streaming import CHUNKED, VALUE_FOLLOWS, data_cost

LARGEST_VALUE_BYTES: Final = 64 << 20
"""A value that comes as a stream may have so many bytes; a longer one is an error of its call."""

_bytes_decoder: Final = msgspec.msgpack.Decoder(memoryview)


class Caller(Protocol):
    """What a call needs of its peer."""

    def put(self, frame: Frame) -> None: ...
    def give_up(self, call: "OutgoingCall", why: str) -> None: ...


class OutgoingCall(Struct, eq=False):
    """One call, from its Call frame to its Result or Error. Iterate it for the stream; one task at a time waits on it.

    Every item that is taken gives its credit back, so a slow reader slows the sender and nobody else.
    """

    caller: Caller
    id: int
    method: str
    window: int
    grace_ms: int
    seconds: float | None = None
    """How long it may take, until its deadline is set."""
    deadline: Deadline | None = None
    paused_s: float | None = None
    pauses: int = 0
    on_progress: Callable[[Progress], None] | None = None
    end: Raw | PegboardError | None = None
    """Its value or error, once it is over."""
    _spent: int = 0
    _taken: int = 0
    _items: deque[tuple[Raw, int]] | None = None
    _parts: list[memoryview] | None = None
    _size: int = 0
    _is_discarding: bool = False
    _task: trio.lowlevel.Task | None = None

    def __aiter__(self) -> "OutgoingCall":
        return self

    @property
    def items(self) -> "OutgoingCall":
        """The stream, item by item. Ends with the call, or raises its error, behind all that came before."""
        return self

    async def __anext__(self) -> Raw:
        while True:
            if self._items:
                await trio.lowlevel.checkpoint_if_cancelled()
                item, cost = self._items.popleft()
                self._give_back(cost)
                return item
            if isinstance(self.end, PegboardError):
                raise self.end
            if self.end is not None:
                raise StopAsyncIteration
            await self._park()

    async def result(self) -> Raw:
        """Wait for the end; the value. Items that were not taken by then are thrown away.

        Raises the error that the call ended with.
        """
        self._is_discarding = True
        while self._items:
            self._give_back(self._items.popleft()[1])
        while self.end is None:
            await self._park()
        return self.value()

    def value(self) -> Raw:
        """What it ended with. Raises its error."""
        end = self.end
        if isinstance(end, Raw):
            return end
        assert end is not None
        raise end

    @property
    def is_over(self) -> bool:
        """Whether its end is known here."""
        return self.end is not None

    # What the peer tells.

    def take(self, frame: Data) -> None:
        """An item came. Raises FlowControl for data beyond the credit, ProtocolViolation for a broken value."""
        if self._spent >= self.window:
            raise FlowControl(f"stream data on call {self.id} (`{self.method}`) beyond its credit")
        cost = data_cost(self.id, frame.item)
        self._spent += cost
        if self.end is not None:
            return
        if self._parts is not None:
            self._add_part(frame.item)
            self._give_back(cost)
        elif frame.item == VALUE_FOLLOWS:
            self._parts = []
            self._give_back(cost)
        elif self._is_discarding:
            self._give_back(cost)
        else:
            if self._items is None:
                self._items = deque()
            self._items.append((frame.item, cost))
            self._wake()

    def settle(self, end: Result | Error | PegboardError) -> None:
        """It is over; whoever waits is woken. Only the first end counts."""
        if self.end is None:
            self.end = end.value if type(end) is Result and not end.meta else self._ending(end)
            self._wake()

    def _ending(self, end: Result | Error | PegboardError) -> Raw | PegboardError:
        if not isinstance(end, Result):
            return error_in(end) if isinstance(end, Error) else end
        if CHUNKED not in end.meta:
            return end.value
        parts, self._parts = self._parts or [], None
        if msgspec.msgpack.decode(end.meta[CHUNKED]) != self._size:
            return ProtocolViolation(
                f"the value of call {self.id} (`{self.method}`) came with {self._size} bytes of it"
            )
        return Raw(b"".join(parts))

    def _add_part(self, item: Raw) -> None:
        assert self._parts is not None
        try:
            part = _bytes_decoder.decode(item)
        except BAD_BODY:
            raise ProtocolViolation(f"the value of call {self.id} (`{self.method}`) is not in bytes") from None
        self._size += len(part)
        self._parts.append(part)
        if self._size > LARGEST_VALUE_BYTES:
            self._parts = []
            self.settle(TooLarge(f"`{self.method}` gave a value of more than {LARGEST_VALUE_BYTES} bytes"))
            self.caller.give_up(self, "superseded")

    def _give_back(self, cost: int) -> None:
        self._taken += cost
        if self._taken * 2 >= self.window and self.end is None:
            self._spent -= self._taken
            self.caller.put(Credit(self.id, self._taken))
            self._taken = 0

    async def _park(self) -> None:
        self._task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._stop_waiting)

    def _stop_waiting(self, _raise_cancel: object) -> trio.lowlevel.Abort:
        self._task = None
        return trio.lowlevel.Abort.SUCCEEDED

    def _wake(self) -> None:
        if (task := self._task) is not None:
            self._task = None
            trio.lowlevel.reschedule(task)
