"""Replaying on the wire: what `peg replay` asks the plugin `replay` of one turn, and its answer.

Both are JSON in the text of the plugin's command, so that a program without MessagePack can compare, too.
"""

from enum import StrEnum
from typing import Final

from pegboard_sdk.wire.methods import Payload
from pegboard_sdk.wire.records import AnyRecord

COMMAND: Final = "replay"
TURN: Final = "turn"
"""The parameter of a model call that holds the message to play."""
LONGEST_ORDER: Final = 900_000
"""Bytes of an order's JSON, so that it fits into one frame; long texts are cut on both sides alike until it does."""


class Match(StrEnum):
    """What counts as the same: to the byte, or but for what differs from run to run."""

    STRICT = "strict"
    TOLERANT = "tolerant"


class Side(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The records of one turn: what the user said before it, the model's message, and all up to the next."""

    records: tuple[AnyRecord, ...] = ()
    folder: str = ""
    """The workspace's path."""
    seconds: float = 0.0


class Order(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Compare one turn. `replayed`: the second side is the first played again, so only the calls may differ."""

    turn: int
    one: Side
    other: Side
    match: Match = Match.TOLERANT
    replayed: bool = True


class Difference(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Where two turns part. `call` counts the turn's calls from 1, "2.1" is one that call 2 made; empty for none."""

    turn: int
    what: str
    """`prompt`, `calls`, `missing`, `arguments`, `decision`, `effects`, `outcome`, `content`, `order`, `answer`."""
    call: str = ""
    tool: str = ""
    recorded: str = ""
    now: str = ""
    diff: str = ""


class Row(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What a turn took."""

    prompt: str = ""
    calls: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    cost: float | None = None
    seconds: float = 0.0


class Verdict(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Of one turn: the differences in the order in which they came, what each side took, and what was not compared."""

    compared: int = 0
    differences: tuple[Difference, ...] = ()
    skipped: tuple[str, ...] = ()
    one: Row = Row()
    other: Row = Row()
