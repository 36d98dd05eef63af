"""Compares the same turn of two sessions, to say where they part: what was said, called, answered. Pure."""

from collections.abc import Iterator

from pegboard_replay.checking import checked
from pegboard_replay.tolerance import settled
from pegboard_replay.turn import Turn, row_of, turn_of
from pegboard_sdk.diff import diff
from pegboard_sdk.wire.replaying import Difference, Match, Order, Verdict


def compared(order: Order) -> Verdict:
    """Where the two turns part first, and what each took. A turn that one of them does not have is a difference."""
    one, other = turn_of(order.one.records), turn_of(order.other.records)
    parted = next(_partings(order, one, other), None)
    return Verdict(
        differences=() if parted is None else (parted,),
        one=row_of(order.one, one),
        other=row_of(order.other, other),
    )


def _partings(order: Order, one: Turn, other: Turn) -> Iterator[Difference]:
    if one.message is None or other.message is None:
        if one.message is not other.message:
            yield _difference(order, "missing", _is(one), _is(other))
        return
    pairs = (
        ("prompt", one.prompt, other.prompt),
        ("calls", _calls(one), _calls(other)),
    )
    for what, before, after in pairs:
        if _differ(order, before, after):
            yield _difference(order, what, before, after)
    # The same calls: their results are compared as those of a turn that was played again.
    yield from checked(order).differences
    if _differ(order, one.answer, other.answer):
        yield _difference(order, "answer", one.answer, other.answer)


def _differ(order: Order, before: str, after: str) -> bool:
    if order.match is Match.STRICT:
        return before != after
    return settled(before, order.one.folder) != settled(after, order.other.folder)


def _difference(order: Order, what: str, before: str, after: str) -> Difference:
    text = diff(before, after, old="one", new="other", most=40).text
    return Difference(turn=order.turn, what=what, recorded=before[:300], now=after[:300], diff=text)


def _is(turn: Turn) -> str:
    return "no such turn" if turn.message is None else "a turn"


def _calls(turn: Turn) -> str:
    return "\n".join(f"{call.tool} {call.arguments}" for call in turn.calls if "." not in call.number)
