"""Has the plugin `replay` compare two rows of turns, one pair after the other: what is the same is its business."""

import hashlib
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pegboard.cli.holding import Holding
from pegboard.cli.replaying.recorded import Row, side, turns
from pegboard_sdk.errors import ProtocolViolation, StartFailed
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import COMMAND_RUN, RunCommand
from pegboard_sdk.wire.replaying import COMMAND, LONGEST_ORDER, Difference, Match, Order, Side, Verdict

MISSING: Final = "nobody here compares sessions; get the plugin that does: peg plugin install pegboard-replay"
_CUTS: Final = (1 << 17, 1 << 15, 1 << 13, 1 << 11, 1 << 9)
_verdict: Final = msgspec.json.Decoder(Verdict)


class Told(Struct, frozen=True, kw_only=True):
    """A session with the folder that it worked in."""

    rows: Sequence[Row]
    folder: str


class Judgement(Struct, frozen=True, kw_only=True):
    """What came of comparing, turn by turn."""

    verdicts: tuple[Verdict, ...]
    first: int = 1

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All, in the order in which they came."""
        return tuple(one for verdict in self.verdicts for one in verdict.differences)

    @property
    def compared(self) -> int:
        """Calls whose results were compared."""
        return sum(verdict.compared for verdict in self.verdicts)

    @property
    def skipped(self) -> tuple[str, ...]:
        """Calls that were not compared, and why."""
        return tuple(one for verdict in self.verdicts for one in verdict.skipped)


async def judged(
    holding: Holding, one: Told, other: Told, *, match: Match, replayed: bool, first: int = 1
) -> Judgement:
    """Compare turn by turn, which are numbered from `first`. Raises StartFailed without the plugin, and what that
    answers."""
    plugin = holding.started.registry.commands.available.get(COMMAND)
    if plugin is None:
        raise StartFailed(MISSING)
    verdicts: list[Verdict] = []
    nothing: list[Row] = []
    pairs = zip_longest(turns(one.rows), turns(other.rows), fillvalue=nothing)
    for number, (was, now) in enumerate(pairs, start=first):
        order = Order(
            turn=number, one=side(was, one.folder), other=side(now, other.folder), match=match, replayed=replayed
        )
        params = RunCommand(command=COMMAND, text=order_text(order))
        value = await holding.board.call(plugin.plugin, COMMAND_RUN, pack(params))
        try:
            verdicts.append(_verdict.decode(msgspec.msgpack.decode(value, type=str)))
        except BAD_BODY as error:
            raise ProtocolViolation(f"{plugin.plugin} answered /{COMMAND} with what is no verdict: {error}") from error
    return Judgement(verdicts=tuple(verdicts), first=first)


def order_text(order: Order) -> str:
    """An order as it goes over the wire. Texts too long for one frame are cut, on both sides in the same way: what is
    cut out is known by its hash."""
    text = msgspec.json.encode(order)
    for most in _CUTS:
        if len(text) <= LONGEST_ORDER:
            break
        text = msgspec.json.encode(replace(order, one=_cut(order.one, most), other=_cut(order.other, most)))
    return text.decode()


def _cut(one: Side, most: int) -> Side:
    return msgspec.convert(_shortened(msgspec.to_builtins(one), most), Side)


def _shortened(value: object, most: int) -> object:
    match value:
        case dict():
            return {key: _shortened(each, most) for key, each in value.items()}
        case list() | tuple():
            return [_shortened(each, most) for each in value]
        case str() if len(value) > most:
            digest = hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
            return f"{value[: most // 2]}[{len(value) - most} characters, sha256 {digest}]{value[-most // 2 :]}"
        case _:
            return value
