"""What was spent, as a table with a small plot, or as JSON: by day, by model, by project. Pure."""

from collections.abc import Sequence
from math import ceil
from typing import Final

import msgspec
from msgspec import Struct

BARS: Final = " ▁▂▃▄▅▆▇█"
WIDTH: Final = 24


class Line(Struct, frozen=True, kw_only=True):
    """The sum of some calls. `cost` is of those whose price is known, `unknown` how many others there are."""

    name: str
    calls: int = 0
    input: int = 0
    cached: int = 0
    output: int = 0
    cost: float = 0.0
    unknown: int = 0


class Report(Struct, frozen=True, kw_only=True):
    """All that `/cost` says."""

    schema: int = 1
    since: str = ""
    days: tuple[Line, ...] = ()
    models: tuple[Line, ...] = ()
    projects: tuple[Line, ...] = ()
    total: Line = Line(name="total")


SUMS: Final = (
    "COUNT(*), COALESCE(SUM(input), 0), COALESCE(SUM(cached), 0), COALESCE(SUM(output), 0), COALESCE(SUM(cost), 0.0), "
    "COALESCE(SUM(cost IS NULL), 0)"
)
GROUPS: Final = {"days": ("day", "day"), "models": ("model", "6 DESC"), "projects": ("project", "6 DESC")}
"""The column that each part of a report sums by, and the order of its lines."""


def query(part: str) -> str:
    """The sums of a part since a day."""
    column, order = GROUPS[part]
    return f"SELECT {column}, {SUMS} FROM spent WHERE day >= ? GROUP BY {column} ORDER BY {order}"


def lines(rows: Sequence[tuple[object, ...]]) -> tuple[Line, ...]:
    """What a query found."""
    names = Line.__struct_fields__
    return tuple(msgspec.convert(dict(zip(names, row, strict=True)), Line) for row in rows)


def total(parts: Sequence[Line]) -> Line:
    """All of them together."""
    sums = {name: sum(getattr(line, name) for line in parts) for name in Line.__struct_fields__ if name != "name"}
    return Line(name="total", **sums)


def money(line: Line) -> str:
    """Dollars; what nobody knows is said as unknown, never as nothing."""
    if line.unknown and line.unknown == line.calls:
        return "unknown"
    return f"${line.cost:.4f}" + (f" + {line.unknown} unknown" if line.unknown else "")


def text(report: Report) -> str:
    """For people."""
    if not report.total.calls:
        return f"No model calls since {report.since}."
    head = f"{'':32} {'calls':>6} {'input':>11} {'cached':>11} {'output':>9}  cost"
    parts = [f"Model calls since {report.since} (days are UTC)", "", plot(report.days), "", head]
    for title, found in (("by day", report.days), ("by model", report.models), ("by project", report.projects)):
        parts += [title, *map(_row, found)]
    return "\n".join([*parts, _row(report.total)])


def plot(days: Sequence[Line]) -> str:
    """A bar for each of the last days that have calls, the highest as high as a line of text."""
    shown = days[-WIDTH * 2 :]
    most = max((line.cost for line in shown), default=0.0)
    bars = "".join(BARS[ceil(8 * line.cost / most)] if most else " " for line in shown)
    return f"{bars}  up to ${most:.4f} a day"


def _row(line: Line) -> str:
    name = line.name if len(line.name) <= 30 else f"…{line.name[-29:]}"
    return f"  {name:30} {line.calls:>6} {line.input:>11,} {line.cached:>11,} {line.output:>9,}  {money(line)}"
