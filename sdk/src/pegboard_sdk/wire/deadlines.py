"""Many deadlines, one task: what is to be called when. Nothing is waited for here but time."""

import heapq
from collections.abc import Callable
from typing import Final

import trio
from msgspec import Struct

SWEEP: Final = 1024
"""Entries that must have been cancelled before the heap is swept."""


class Deadline(Struct, order=True, array_like=True):
    """One entry. Ordered by its time, then by its age."""

    when: float
    age: int
    callback: Callable[[], None] | None


class Deadlines:
    """The deadlines of one connection, by trio's clock."""

    def __init__(self) -> None:
        self._heap: list[Deadline] = []
        self._count = 0
        self._cancelled = 0
        self._scope: trio.CancelScope | None = None

    def add(self, seconds: float, callback: Callable[[], None]) -> Deadline:
        """Call this in so many seconds; it must not raise."""
        self._count += 1
        entry = Deadline(trio.current_time() + seconds, self._count, callback)
        heap = self._heap
        heapq.heappush(heap, entry)
        if heap[0] is entry and self._scope is not None:
            self._scope.cancel()
        return entry

    def cancel(self, entry: Deadline) -> None:
        """Forget an entry; no error when its time has come already."""
        if entry.callback is not None:
            entry.callback = None
            self._cancelled += 1
            if self._cancelled > SWEEP and self._cancelled * 2 > len(self._heap):
                self._sweep()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            until = self._heap[0].when if self._heap else float("inf")
            with trio.CancelScope() as self._scope:
                await trio.sleep_until(until)
            self._scope = None
            await trio.lowlevel.checkpoint_if_cancelled()
            self._call_due(trio.current_time())

    def _call_due(self, now: float) -> None:
        while self._heap and (self._heap[0].when <= now or self._heap[0].callback is None):
            entry = heapq.heappop(self._heap)
            if entry.callback is None:
                self._cancelled -= 1
                continue
            callback, entry.callback = entry.callback, None
            callback()

    def _sweep(self) -> None:
        self._heap = [each for each in self._heap if each.callback is not None]
        heapq.heapify(self._heap)
        self._cancelled = 0
