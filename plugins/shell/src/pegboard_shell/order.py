"""What the plugin orders from the process that runs one command, and what that process reports. Values only, no I/O."""

from enum import Enum
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_sdk import Pipeline, Plan, Step

KILL: Final = b"K"
"""The one thing that the plugin says after an order: end the command now."""

BASH: Final = "/bin/bash"


class Cause(Enum):
    """Why a command is over."""

    ENDED = "ended"
    TIMED_OUT = "timed_out"
    KILLED = "killed"
    LOST = "lost"
    """Its supervisor died; what was below it was killed."""


class Order(Struct, frozen=True, kw_only=True):
    """Run `plan` with exactly this environment. `timeout_s` 0 means none. In the background the output goes to the
    spool, and the command lives as long as anything below it."""

    plan: Plan
    environment: dict[str, str]
    timeout_s: float = 0.0
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


def pipelines_of(plan: Plan) -> tuple[Pipeline, ...]:
    """What is executed: the judged argv lists, or the fixed bash with the script that was allowed. A plan may hold
    neither: a lone `cd`."""
    if plan.pipelines or not plan.script:
        return plan.pipelines
    return (Pipeline(steps=(Step(argv=("bash", "--noprofile", "--norc", "-c", plan.script), program=BASH),)),)


def follows(when: str, status: int) -> bool:
    """Whether a pipeline that is joined by `when` runs after one that ended with `status`."""
    if when == "&&":
        return status == 0
    if when == "||":
        return status != 0
    return True


_ORDERS: Final = msgspec.msgpack.Decoder(Order)
_REPORTS: Final = msgspec.msgpack.Decoder(Report)


def encode(message: Order | Report) -> bytes:
    """The message as bytes."""
    return msgspec.msgpack.encode(message)


def decode_order(data: bytes) -> Order:
    """Raises msgspec.DecodeError when it is none."""
    return _ORDERS.decode(data)


def decode_report(data: bytes) -> Report:
    """What a supervisor said; LOST when it died before it had said all."""
    try:
        return _REPORTS.decode(data)
    except msgspec.DecodeError:
        return Report(cause=Cause.LOST)
