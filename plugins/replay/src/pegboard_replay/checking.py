"""Compares a turn with the same turn played again: each call's decision, effects, outcome and content. Pure."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_replay.tolerance import settled
from pegboard_replay.turn import Called, Turn, row_of, turn_of
from pegboard_sdk import Outcome, Text
from pegboard_sdk.diff import diff
from pegboard_sdk.wire.replaying import Difference, Match, Order, Verdict

SHOWN_LINES: Final = 40
SHOWN_CHARACTERS: Final = 300

_LOST: Final = (Outcome.CANCELLED, Outcome.UNKNOWN)
"""Nobody can say what such a call would have answered."""


class Facet(Struct, frozen=True):
    """One thing that is compared of a call, as text; `strict` ones only to the byte."""

    what: str
    of: Callable[[Called], str]
    strict: bool = False
    told: Callable[[Called], str] = lambda _: ""
    """What people are told beside it; not compared."""


def _decision(call: Called) -> str:
    return call.use.decision if call.use else "not judged"


def _content(call: Called) -> str:
    parts = call.result.parts if call.result else ()
    return "\n".join(part.text if isinstance(part, Text) else f"[{part.media_type} {part.handle}]" for part in parts)


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


FACETS: Final = (
    Facet("arguments", lambda call: _json(call.use.arguments) if call.use else ""),
    Facet("decision", _decision, told=lambda call: f": {call.use.reason}" if call.use and call.use.reason else ""),
    Facet("effects", lambda call: "\n".join(call.use.effects) if call.use else ""),
    Facet("outcome", lambda call: call.result.outcome.value if call.result else ""),
    Facet("content", _content),
    Facet("content", lambda call: call.result.note if call.result else ""),
    Facet("decision", lambda call: f"{call.use.rule}\n{call.use.reason}" if call.use else "", strict=True),
    Facet("effects", lambda call: _json(call.use.argv) if call.use else "", strict=True),
    Facet("content", lambda call: f"{call.result.shown}\n{call.result.origin}" if call.result else "", strict=True),
    Facet("content", lambda call: call.result.handle if call.result else "", strict=True),
)
"""In this order, so that a call that was refused is told as that, and not by what it did not say."""


def checked(order: Order) -> Verdict:
    """What of the turn is not as it was recorded."""
    was, now = turn_of(order.one.records), turn_of(order.other.records)
    skipped = [f"turn {order.turn}, call {call.number} ({call.tool}): {why}" for call, why in _uncompared(was)]
    left_out = {call.number for call, _ in _uncompared(was)}
    found = list(_differences(order, was, now, left_out))
    if was.message is not None and now.message is None and not found:
        found.append(_difference(order, "missing", None, "a turn", "it was not played"))
    if order.match is Match.STRICT and not found and not left_out and was.order != now.order:
        found.append(_difference(order, "order", None, ", ".join(was.order), ", ".join(now.order)))
    return Verdict(
        compared=len(was.calls) - len(left_out),
        differences=tuple(found),
        skipped=tuple(skipped),
        one=row_of(order.one, was),
        other=row_of(order.other, now),
    )


def _uncompared(was: Turn) -> Iterator[tuple[Called, str]]:
    for call in was.calls:
        if call.result is None:
            yield call, "the record has no result"
        elif call.result.outcome in _LOST:
            yield call, f"recorded as {call.result.outcome.value}"


def _differences(order: Order, was: Turn, now: Turn, left_out: set[str]) -> Iterator[Difference]:
    """The first of each call, calls in the order of the model's message."""
    played = {call.number: call for call in now.calls}
    for call in was.calls:
        again = played.pop(call.number, None)
        if call.number in left_out:
            continue
        if again is None or again.result is None or again.tool != call.tool:
            came = f"a call of {again.tool}" if again is not None and again.tool != call.tool else "no result"
            yield _difference(order, "missing", call, "a result", came)
        elif (one := _first(order, call, again)) is not None:
            yield one
    for call in played.values():
        yield _difference(order, "calls", call, "no such call", "a call that was not made before")


def _first(order: Order, was: Called, now: Called) -> Difference | None:
    for facet in FACETS:
        if facet.strict and order.match is Match.TOLERANT:
            continue
        before, after = facet.of(was), facet.of(now)
        if before != after and not (order.match is Match.TOLERANT and _alike(order, was, before, after)):
            return _difference(order, facet.what, was, before + facet.told(was), after + facet.told(now))
    return _beyond(order, was, now) if order.match is Match.TOLERANT else None


def _alike(order: Order, call: Called, before: str, after: str) -> bool:
    before, after = settled(before, order.one.folder), settled(after, order.other.folder)
    if _lists(call):
        before, after = ("\n".join(sorted(text.splitlines())) for text in (before, after))
    return before == after


def _lists(call: Called) -> bool:
    """Whether it only lists a folder: what it found may come in another order, as the times of files say."""
    effects = call.use.effects if call.use else ()
    return bool(effects) and all(effect.startswith("list ") for effect in effects)


def _beyond(order: Order, was: Called, now: Called) -> Difference | None:
    """What stands in the middle of a long text is known by its hash, which only counts where the ends are the same."""
    one, other = was.result, now.result
    if one is None or other is None or one.handle == other.handle or _content(was) != _content(now):
        return None
    middle = "the middle of its long text, sha256 "
    return _difference(order, "content", was, f"{middle}{one.handle or 'none'}", f"{middle}{other.handle or 'none'}")


def _difference(order: Order, what: str, call: Called | None, before: str, after: str) -> Difference:
    if order.match is Match.TOLERANT:
        before, after = settled(before, order.one.folder), settled(after, order.other.folder)
    return Difference(
        turn=order.turn,
        what=what,
        call=call.number if call else "",
        tool=call.tool if call else "",
        recorded=_clipped(before),
        now=_clipped(after),
        diff=diff(before, after, old="recorded", new="now", most=SHOWN_LINES).text,
    )


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
