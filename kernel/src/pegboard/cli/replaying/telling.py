"""What came of comparing, for people and for scripts."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from pegboard.cli.replaying.judging import Judgement
from pegboard.cli.replaying.recorded import Recorded
from pegboard.cli.show import clipped, safe
from pegboard_sdk.wire.replaying import Difference, Row

SCHEMA: Final = 1
_MARGIN: Final = "  "


def check_lines(recorded: Recorded, judgement: Judgement, notes: Sequence[str]) -> Iterator[str]:
    """Of a check: that nothing differs, or the first difference, what may be its cause, and how many there are."""
    name, turns, calls = clipped(recorded.source, 200), len(judgement.verdicts), judgement.compared
    found = judgement.differences
    if not found:
        yield f"{name}: {calls} calls in {turns} turns are as recorded"
    else:
        yield f"{name}: {where(found[0])}"
        yield from detail(found[0])
        yield f"{len(found)} of {calls} calls differ; this is the first"
        yield from (f"note: {clipped(note, 300)}" for note in notes)
    yield from (f"not compared: {clipped(one, 300)}" for one in judgement.skipped)


def where(found: Difference) -> str:
    """Where two sessions part, in a few words."""
    call = f", call {found.call} ({clipped(found.tool, 64)})" if found.call else ""
    said = "is missing" if found.what == "missing" else "differs" if not found.what.endswith("s") else "differ"
    return f"turn {found.turn}{call}: {'it' if found.what == 'missing' else found.what} {said}"


def detail(found: Difference, names: tuple[str, str] = ("recorded", "now")) -> Iterator[str]:
    """What each side said, and the small diff of both where they have more than a line."""
    for name, text in zip(names, (found.recorded, found.now), strict=True):
        yield f"{_MARGIN}{name + ':':10} {clipped(text, 200) or '(nothing)'}"
    if max(found.recorded.count("\n"), found.now.count("\n")):
        yield from (f"{_MARGIN}{line}" for line in safe(found.diff).splitlines())


def check_json(recorded: Recorded, judgement: Judgement, notes: Sequence[str]) -> str:
    """Of a check: one object in one line."""
    found = judgement.differences
    return _json(
        source=recorded.source,
        session=recorded.session,
        same=not found,
        turns=len(judgement.verdicts),
        compared=judgement.compared,
        first=found[0] if found else None,
        differences=found,
        skipped=judgement.skipped,
        notes=notes,
    )


def compare_lines(names: tuple[str, str], judgement: Judgement) -> Iterator[str]:
    """Of two sessions: where they part first, what each took turn by turn, and all together."""
    found = judgement.differences
    if found:
        yield f"they part at {where(found[0])}"
        yield from detail(found[0], ("one", "other"))
    else:
        yield f"the same in all {len(judgement.verdicts)} turns"
    yield f"one: {clipped(names[0], 100)}; other: {clipped(names[1], 100)}"
    yield f"{'turn':>5}  {_HEAD}  |  {_HEAD}"
    parted = {one.turn: one.what for one in reversed(found)}
    for number, verdict in enumerate(judgement.verdicts, start=judgement.first):
        said = verdict.one.prompt or verdict.other.prompt
        rest = f"{parted.get(number, '')}{'  > ' if said else ''}{clipped(said, 40)}"
        yield f"{number:5}  {_cells(verdict.one)}  |  {_cells(verdict.other)}  {rest}".rstrip()
    yield f"{'all':>5}  {_cells(total(judgement, 0))}  |  {_cells(total(judgement, 1))}"


def compare_json(names: tuple[str, str], judgement: Judgement) -> str:
    """Of two sessions: one object in one line."""
    found = judgement.differences
    return _json(
        one=names[0],
        other=names[1],
        same=not found,
        parted=found[0] if found else None,
        differences=found,
        turns=[
            {"turn": number, "one": v.one, "other": v.other} for number, v in enumerate(judgement.verdicts, start=1)
        ],
        totals={"one": total(judgement, 0), "other": total(judgement, 1)},
    )


_HEAD: Final = f"{'calls':>5} {'in':>8} {'out':>7} {'US$':>8} {'s':>7}"


def total(judgement: Judgement, of: int) -> Row:
    """The sum of one side; its cost is unknown when no turn's is known."""
    rows = [(verdict.one, verdict.other)[of] for verdict in judgement.verdicts]
    costs = [row.cost for row in rows if row.cost is not None]
    return Row(
        calls=sum(row.calls for row in rows),
        input=sum(row.input for row in rows),
        output=sum(row.output for row in rows),
        cached=sum(row.cached for row in rows),
        cost=sum(costs) if costs else None,
        seconds=sum(row.seconds for row in rows),
    )


def _cells(row: Row) -> str:
    cost = "-" if row.cost is None else f"{row.cost:.4f}"
    return f"{row.calls:5} {row.input:8} {row.output:7} {cost:>8} {row.seconds:7.1f}"


def _json(**fields: Any) -> str:  # noqa: ANN401
    return msgspec.json.encode({"schema": SCHEMA, **fields}).decode()
