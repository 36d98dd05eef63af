"""What the owner of a peer answers: calls, notices, and what it must know of the other side's manners."""

from typing import Protocol

from msgspec import Raw

from pegboard_sdk.errors import MethodNotFound
from pegboard_sdk.wire.inbound import InboundCall
from pegboard_sdk.wire.messages import Bye, Changed, Drain, Error, Event, Log, Result

Notice = Log | Event | Changed | Drain | Bye


class Served(Protocol):
    """The owner's side of a peer. Only `serve` may wait; the others are called by the reader."""

    async def serve(self, call: InboundCall) -> Raw:
        """Answer a call of the other side's: the value, or a PegboardError raised."""

    def on_notice(self, frame: Notice) -> None:
        """A frame that belongs to no call."""

    def on_late(self, call_id: int, frame: Result | Error) -> None:
        """A call that was given up ended after all: what it did is to be recorded."""

    def on_unresponsive(self, why: str) -> None:
        """The other side did not end a cancelled call in its grace, or does not read: it should be killed."""


class Unserved:
    """An owner that offers nothing and cares for nothing."""

    async def serve(self, call: InboundCall) -> Raw:
        """Refuse."""
        raise MethodNotFound(f"there is no method `{call.method}` here")

    def on_notice(self, frame: Notice) -> None:
        """Ignore it."""

    def on_late(self, call_id: int, frame: Result | Error) -> None:
        """Ignore it."""

    def on_unresponsive(self, why: str) -> None:
        """Ignore it."""
