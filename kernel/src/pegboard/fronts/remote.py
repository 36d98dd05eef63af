"""A front-end that is a plugin, or a process that attached: shown in batches at its own pace, asked, and heard.

One `front.show` is in flight; what happens meanwhile is joined into the next, so nothing is lost, nothing piles up on
the wire, and the first piece of an answer never waits. A front-end that takes nothing for long is drawn anew.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import msgspec
import trio
from msgspec import Raw

from pegboard.ending import alone
from pegboard_sdk.errors import PegboardError, PluginDown
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.fronting import CHANNEL_RUN, FRONT_ASK, FRONT_SHOW, Left, RunChannel, Show, Status
from pegboard_sdk.wire.outgoing import OutgoingCall
from pegboard_sdk.wire.records import Answer, AnyRecord, Delta, Question

MOST_PENDING: Final = 4096
"""Records that wait for a front-end that takes none."""
MOST_TEXT: Final = 4 << 20
"""Characters of deltas that wait; the whole of what they are pieces of comes as a record."""
BATCH: Final = 256


class Line(Protocol):
    """How a front-end is reached."""

    def open(self, method: str, params: Raw) -> AbstractAsyncContextManager[OutgoingCall]:
        """Call what lasts as long as the front-end, so that the calls which it makes are known as its."""

    async def call(self, method: str, params: Raw) -> Raw:
        """Call what it is told."""


class Remote:
    """Attach it, then `run` it. `renew` is called when it fell too far behind: it is to `begin` again."""

    def __init__(self, line: Line, status: Callable[[], Status], renew: Callable[["Remote"], None]) -> None:
        self._line = line
        self._status = status
        self._renew = renew
        self._history: list[AnyRecord] | None = None
        self._pending: list[AnyRecord] = []
        self._anew = self._is_stirred = self._is_behind = False
        self._open: Delta | None = None
        """The last that waits, as long as the next may join it; its pieces are `_joined`."""
        self._joined: list[str] = []
        self._text = 0
        self._more, self._runs = trio.Event(), trio.Event()

    def begin(self, history: Sequence[AnyRecord], *, anew: bool = False) -> None:
        """Show this before all that waits."""
        self._history, self._anew, self._is_behind = list(history), anew, False
        self.stir()

    def stir(self) -> None:
        """Say how the session stands, in the next batch."""
        self._is_stirred = True
        self._more.set()

    def show(self, record: AnyRecord) -> None:
        """Take a record; a delta is joined with the one before, where they are of one stream."""
        if isinstance(record, Delta):
            self._text += len(record.text)
            last = self._open
            if last is not None and last.stream == record.stream and last.call == record.call:
                self._joined.append(record.text)
                if self._text > MOST_TEXT:
                    self._drop_deltas()
                return  # what waits was told of
        self._close_delta()
        self._pending.append(record)
        if isinstance(record, Delta):
            self._open, self._joined = record, [record.text]
        if len(self._pending) > MOST_PENDING and not self._is_behind:
            self._is_behind = True
            self._renew(self)
        self._more.set()

    def _drop_deltas(self) -> None:
        self._close_delta()
        self._pending = [record for record in self._pending if not isinstance(record, Delta)]
        self._text = 0

    def _close_delta(self) -> None:
        """The last delta is whole: its pieces become one text."""
        if self._open is not None:
            self._pending[-1] = msgspec.structs.replace(self._open, text="".join(self._joined))
            self._open = None

    def forget(self) -> None:
        """Drop what waits, and let what comes wait for `begin`."""
        self._pending, self._open, self._text, self._history = [], None, 0, None

    async def ask(self, question: Question) -> Answer | None:
        """What the person says there; None where nobody can. A front-end that dies lets the question wait."""
        await self._runs.wait()
        try:
            return msgspec.msgpack.decode(await self._line.call(FRONT_ASK, pack(question)), type=Answer | None)
        except PluginDown:
            await trio.sleep_forever()
        except (PegboardError, *BAD_BODY):
            return None

    async def run(self, params: RunChannel) -> Left:
        """Until the front-end ends: why it did. Raises as the board does when it could not start, or died."""
        try:
            async with self._line.open(CHANNEL_RUN, pack(params)) as call, trio.open_nursery() as nursery:
                self._runs.set()
                nursery.start_soon(self._pump)
                value = await call.result()
                nursery.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            raise alone(group) from None
        try:
            return msgspec.msgpack.decode(value, type=Left)
        except BAD_BODY:
            return Left()

    async def _pump(self) -> None:
        while True:
            await self._more.wait()
            self._more = trio.Event()
            while (show := self._next()) is not None:
                try:
                    await self._line.call(FRONT_SHOW, pack(show))
                except PluginDown:
                    return
                except PegboardError:
                    continue

    def _next(self) -> Show | None:
        """The next batch; None when there is nothing to show."""
        if self._history is None:
            return None
        if self._history or self._anew:
            records, self._history = self._history[:BATCH], self._history[BATCH:]
            anew, self._anew = self._anew, False
            return Show(records=tuple(records), replay=True, anew=anew)
        if not self._pending and not self._is_stirred:
            return None
        self._close_delta()
        records, self._pending = self._pending[:BATCH], self._pending[BATCH:]
        self._text = 0 if not self._pending else self._text
        status = self._status() if self._is_stirred else None
        self._is_stirred = False
        return Show(records=tuple(records), status=status)
