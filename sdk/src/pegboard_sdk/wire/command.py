"""What a plugin and the kernel's process that runs a command for it say to each other. Values only, no I/O.

The plugin orders once; then it may say `KILL`; then comes one report, and the end of the stream.
"""

from enum import Enum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

KILL: Final = b"K"
"""The one thing that may be said after an order: end the command now."""

HEADER_BYTES: Final = 4
MOST_ORDER_BYTES: Final = 1 << 10
LONGEST_S: Final = 1 << 24


class Cause(Enum):
    """Why a command is over."""

    ENDED = "ended"
    TIMED_OUT = "timed_out"
    KILLED = "killed"
    """Because the plugin said so, or the call was over."""
    LOST = "lost"
    """A process that ran it died; what was below it was killed."""
    NOT_STARTED = "not_started"
    """The room that it was to run in could not be made: nothing ran, and the output says why."""


class Order(Struct, frozen=True, kw_only=True):
    """Run the command now. `timeout_s` 0 means none. In the background it outlives the call, and lives as long as
    anything below it; it never outlives the control socket."""

    timeout_s: Annotated[float, Meta(ge=0, le=LONGEST_S)] = 0.0
    background: bool = False


class StepEnd(Struct, frozen=True, kw_only=True):
    """How one program ended: `status` is its exit status, or the negative number of the signal that killed it."""

    program: str
    status: int
    piped: bool = False
    """It fed another program, so its status does not count."""


class Report(Struct, frozen=True, kw_only=True):
    """How a command ended. `left` counts the processes that outlived it and were killed, `alive` those that could not
    be."""

    cause: Cause
    ends: tuple[StepEnd, ...] = ()
    left: int = 0
    alive: int = 0

    @property
    def status(self) -> int | None:
        """Of the last program that counts, as a shell would say `$?`; None when none ended."""
        return next((end.status for end in reversed(self.ends) if not end.piped), None)


_ORDERS: Final = msgspec.msgpack.Decoder(Order)
_REPORTS: Final = msgspec.msgpack.Decoder(Report)


def encode_order(order: Order) -> bytes:
    """The order with its length before it: it is the beginning of a stream."""
    data = msgspec.msgpack.encode(order)
    return len(data).to_bytes(HEADER_BYTES, "big") + data


def cut_order(data: bytes) -> tuple[Order, bytes] | None:
    """The order at the beginning of a stream and what follows it; None while it is not whole.

    Raises msgspec.DecodeError when it is none.
    """
    end = HEADER_BYTES + int.from_bytes(data[:HEADER_BYTES], "big")
    if len(data) >= HEADER_BYTES and end > HEADER_BYTES + MOST_ORDER_BYTES:
        raise msgspec.DecodeError(f"an order of {end} bytes")
    if len(data) < HEADER_BYTES or len(data) < end:
        return None
    return _ORDERS.decode(data[HEADER_BYTES:end]), data[end:]


def encode_report(report: Report) -> bytes:
    """The report: the rest of a stream."""
    return msgspec.msgpack.encode(report)


def decode_report(data: bytes) -> Report:
    """What was said of a command's end; LOST when whoever says it died before it had said all."""
    try:
        return _REPORTS.decode(data)
    except msgspec.DecodeError:
        return Report(cause=Cause.LOST)
