"""One thing that will come once, or fail to, and the tasks that wait for it."""

from typing import Generic, TypeVar

import trio

from pegboard_sdk.errors import PegboardError

T = TypeVar("T")


class Awaited(Generic[T]):
    """Only its first fate counts."""

    def __init__(self) -> None:
        self._came = trio.Event()
        self._value: T | None = None
        self._error: PegboardError | None = None

    def set(self, value: T) -> None:
        """It came."""
        if not self._came.is_set():
            self._value = value
            self._came.set()

    def fail(self, error: PegboardError) -> None:
        """It will not come."""
        if not self._came.is_set():
            self._error = error
            self._came.set()

    async def wait(self) -> T:
        """Wait for it. Raises what `fail` was given."""
        await self._came.wait()
        if self._error is not None:
            raise self._error
        assert self._value is not None
        return self._value
