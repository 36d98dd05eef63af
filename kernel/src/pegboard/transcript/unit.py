"""A message with the results of its calls: what stays or leaves the live part of a session together."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from pegboard_sdk.wire.methods import Entry
from pegboard_sdk.wire.records import Message, Outcome, Text, ToolCall, ToolResult, ToolUse

_NEVER: Final = 1 << 63


class Unit(Struct, kw_only=True, eq=False, gc=False):
    """What stays or leaves together: a message, and the result of each call in it, in the calls' order.

    Nothing in it can lead back to it, so the cycle collector need not walk over a hundred thousand of them.
    """

    seq: int
    message: Message
    calls: tuple[ToolCall, ...] = ()
    results: list[ToolResult | None] = field(default_factory=list)
    missing: int = 0
    size: int = 0
    prompt: int = 0
    """Which of the user's messages it came with or behind, those that were rewound counted too."""
    answered: int = 0
    """Number of the record that answered the last of its calls."""

    @property
    def last(self) -> int:
        """The record with which it is whole."""
        return _NEVER if self.missing else max(self.seq, self.answered)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The message with its results directly behind it."""
        return (self.message, *(result for result in self.results if result is not None))


def border(units: Iterable[Unit], to: int) -> int:
    """The last number up to `to` at which no call is parted from its result: what is not answered by then goes too."""
    known = list(units)
    while parted := [unit.seq for unit in known if unit.seq <= to < unit.last]:
        to = min(parted) - 1
    return to


def repair(call: ToolCall, started: ToolUse | None, turn: int) -> ToolResult:
    """The result of a call that has none, told from what is known of how far it came."""
    if started is None:
        outcome, text = Outcome.CANCELLED, "This call was not run: the session was interrupted before it."
    elif started.decision != "allow":
        outcome, text = Outcome.DENIED, f"This call was refused: {started.reason or started.rule or 'by the gate'}."
    else:
        outcome = Outcome.UNKNOWN
        text = "The session was interrupted while this call ran. Whether it had an effect is unknown: check first."
    note = "written on resume: the process ended before a result was recorded"
    return ToolResult(call=call.call, tool=call.tool, outcome=outcome, parts=(Text(text=text),), turn=turn, note=note)
