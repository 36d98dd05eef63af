"""The cancelling of a request whose thread waits. It sends and reads nothing."""

from collections.abc import Callable
from threading import Event, Lock
from typing import Self

from pegboard_sdk.context import Context
from pegboard_sdk.errors import CallCancelled, Effect


class Lifeline:
    """What cancels a request: `cut` ends whatever the request is waiting for, whichever thread waits."""

    def __init__(self) -> None:
        self.is_cut = Event()
        self._lock = Lock()
        self._end: Callable[[], None] | None = None

    @classmethod
    def of(cls, ctx: Context) -> Self:
        """The lifeline of a call of the kernel's: cut when that is cancelled, or its time is over."""
        life = cls()
        ctx.on_cancel(life.cut)
        return life

    def hold(self, end: Callable[[], None]) -> None:
        """What `cut` has to call, once. Raises CallCancelled when it was cut before."""
        with self._lock:
            self.check()
            self._end = end

    def release(self) -> None:
        """Nothing is waited for now."""
        with self._lock:
            self._end = None

    def cut(self) -> None:
        """End the request now."""
        with self._lock:
            self.is_cut.set()
            end, self._end = self._end, None
            if end is not None:
                end()

    def check(self) -> None:
        """Raises CallCancelled when it was cut."""
        if self.is_cut.is_set():
            raise CallCancelled("the request was cancelled", effect=Effect.NONE)
