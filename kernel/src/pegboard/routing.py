"""Which call serves which: every call of a plugin names an open call of the kernel, and is answered as that one's.

Here are the checks of such calls. What is asked for is answered elsewhere.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from msgspec import Raw

from pegboard_sdk.errors import Busy, PermissionDenied
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.peer import Peer

MOST_DEPTH: Final = 16
MOST_LATE: Final = 256

OnCall = Callable[[str, object, str, Raw], Awaitable[Raw]]


class Route:
    """An open call of the kernel: what it is for, and the calls that are open around it."""

    __slots__ = ("call_id", "depth", "outer", "serving", "wire")

    def __init__(self, serving: object, wire: Peer | None = None) -> None:
        self.serving = serving
        self.wire = wire
        self.call_id = 0
        self.outer = _ROUTE.get()
        self.depth: int = self.outer.depth + 1 if self.outer else 1


_ROUTE: Final[ContextVar[Route | None]] = ContextVar("route", default=None)
"""The call that the running task serves, and through it those around."""


def depth() -> int:
    """How many calls are open around the running task."""
    route = _ROUTE.get()
    return route.depth if route else 0


@contextmanager
def clocks_stopped() -> Iterator[None]:
    """A person is asked: inside, the time of every call around the running task stands still."""
    route, stopped = _ROUTE.get(), list[tuple[Peer, int]]()
    while route is not None:
        if route.wire is not None:
            stopped.append((route.wire, route.call_id))
        route = route.outer
    for wire, call_id in stopped:
        wire.stop_clock(call_id)
    try:
        yield
    finally:
        for wire, call_id in stopped:
            wire.start_clock(call_id)


class Routes:
    """The open calls of one plugin process, by the id that they have on its wire."""

    def __init__(self, plugin: str, uses: Collection[str], on_call: OnCall) -> None:
        self._plugin = plugin
        self._uses = frozenset(uses)
        self._on_call = on_call
        self.open: dict[int, Route] = {}
        self._late: dict[int, object] = {}

    def enter(self, route: Route, call_id: int) -> None:
        """A call is about to be made."""
        route.call_id = call_id
        self.open[call_id] = route

    def leave(self, route: Route) -> None:
        """Its caller is done with it."""
        self.open.pop(route.call_id, None)

    def expect_late(self, route: Route) -> None:
        """It was given up, and may yet end. Only so many are remembered."""
        if len(self._late) >= MOST_LATE:
            del self._late[next(iter(self._late))]
        self._late[route.call_id] = route.serving

    def is_owed(self, call_id: int) -> bool:
        """Whether a call was given up and has not ended yet."""
        return call_id in self._late

    def late(self, call_id: int) -> object:
        """What was served by a call that ended after it was given up; None when that is forgotten."""
        return self._late.pop(call_id, None)

    async def answer(self, call: InboundCall) -> Raw:
        """Answer a call of the plugin's.

        Raises what the plugin is to get: PermissionDenied when it serves no open call or the manifest does not list the
        method, Busy when calls are nested too deeply, or what the kernel answers.
        """
        route = self.open.get(call.parent)
        if route is None:
            raise PermissionDenied(f"`{call.method}` has to name an open call that it serves; {call.parent} is none")
        if call.method not in self._uses:
            raise PermissionDenied(f"`uses` in the manifest of plugin `{self._plugin}` does not list {call.method}")
        if route.depth >= MOST_DEPTH:
            raise Busy(f"{route.depth} calls serve each other; at most {MOST_DEPTH} may")
        _ROUTE.set(route)
        return await self._on_call(self._plugin, route.serving, call.method, call.params)
