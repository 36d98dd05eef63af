"""The books: one row a call, only ever added to, on disk before anybody is told; and what calls under way may cost.

Any number of processes share the file. Rows can be neither changed nor deleted: the database itself refuses.
"""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pegboard_router.budget import Over, Scope, exceeded
from pegboard_router.choosing import Rate
from pegboard_sdk import Paid, Planned

HELD_S: Final = 3600.0
"""A call that nobody accounted for in so long died with its process."""
BATCH_HELD_S: Final = 31 * 86_400.0
"""A batch job is accounted for by whoever looks at it first; so long its provider can say what it took."""
BUSY_S: Final = 5.0
LOOKED_AT: Final = 64
"""So many of a model's turns are remembered: then both counts are halved."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS spent (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, day TEXT NOT NULL, session TEXT NOT NULL, project TEXT NOT NULL,
  team TEXT NOT NULL, call TEXT NOT NULL UNIQUE, model TEXT NOT NULL, provider TEXT NOT NULL, purpose TEXT NOT NULL,
  plugin TEXT NOT NULL, input INTEGER NOT NULL, output INTEGER NOT NULL, cached INTEGER NOT NULL,
  reasoning INTEGER NOT NULL, written INTEGER NOT NULL, estimated INTEGER NOT NULL, cost REAL, outcome TEXT NOT NULL,
  attempt INTEGER NOT NULL, duration_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS spent_day ON spent (day);
CREATE INDEX IF NOT EXISTS spent_project ON spent (project);
CREATE INDEX IF NOT EXISTS spent_session ON spent (session);
CREATE TRIGGER IF NOT EXISTS spent_stays BEFORE UPDATE ON spent BEGIN SELECT RAISE(ABORT, 'rows stay'); END;
CREATE TRIGGER IF NOT EXISTS spent_remains BEFORE DELETE ON spent BEGIN SELECT RAISE(ABORT, 'rows stay'); END;
CREATE TABLE IF NOT EXISTS held (
  call TEXT PRIMARY KEY, at REAL NOT NULL, cost REAL NOT NULL, session TEXT NOT NULL, day TEXT NOT NULL,
  project TEXT NOT NULL, team TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS raised (scope TEXT NOT NULL, key TEXT NOT NULL, dollars REAL NOT NULL,
  PRIMARY KEY (scope, key));
CREATE TABLE IF NOT EXISTS turns (project TEXT NOT NULL, model TEXT NOT NULL, seen INTEGER NOT NULL,
  bad INTEGER NOT NULL, PRIMARY KEY (project, model));
"""
WHERE: Final = {
    "session": "session = ?",
    "day": "day = ?",
    "month": "day BETWEEN ?1 || '-01' AND ?1 || '-31'",
    "project": "project = ?",
    "team": "team = ?",
}


class Ledger:
    """One file. Usable from several threads. Raises sqlite3.Error as the disk does."""

    def __init__(self, path: Path, *, team: str = "", now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._team = team
        self._now = now
        self._lock = threading.Lock()
        self._judged: list[tuple[str, str, bool]] = []
        """How turns went, not written yet: it waits for the next call that is booked, since a turn waits for it."""
        self._base = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False, isolation_level=None)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        self._base.executescript(SCHEMA)

    def close(self) -> None:
        """Write down what waits, and let go of the file."""
        with closing(self._base), self._lock, self._changing():
            self._write_judged()

    def hold(
        self, session: str, planned: Planned, scopes: Sequence[Scope], cost: float | None, *, unknown_fits: bool
    ) -> Over | None:
        """Set aside what a call may cost, in every sum at once; or the first budget that it would exceed."""
        at = self._now()
        with self._lock, self._changing():
            for scope in scopes:
                spent = self._spent(scope, planned, at)
                wide = Scope(scope.name, scope.key, scope.limit + self._raise_of(scope))
                over = exceeded(wide, spent, cost, unknown_fits=unknown_fits)
                if over is not None:
                    return over
            begun = at.timestamp() + (BATCH_HELD_S - HELD_S if planned.batch else 0.0)
            row = (planned.call, begun, cost or 0.0, session, _day(at), planned.workspace, self._team)
            self._base.execute("INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return None

    def book(self, session: str, paid: Paid) -> None:
        """Write a call down, and free what was set aside for it. Once: a second time changes nothing."""
        at, planned, usage = self._now(), paid.planned, paid.usage
        row = (
            at.isoformat(timespec="seconds"), _day(at), session, planned.workspace, self._team, planned.call,
            planned.model, planned.provider, planned.purpose, planned.plugin, usage.input, usage.output, usage.cached,
            usage.reasoning, usage.written, usage.estimated, paid.cost, paid.outcome, paid.attempt, paid.duration_ms,
        )  # fmt: skip
        with self._lock, self._changing():
            self._base.execute(f"INSERT OR IGNORE INTO spent VALUES (NULL{', ?' * len(row)})", row)
            self._base.execute("DELETE FROM held WHERE call = ?", (planned.call,))
            self._write_judged()

    def raise_once(self, scope: Scope) -> None:
        """Allow as much again for this budget. A second time changes nothing."""
        with self._lock, self._changing():
            self._base.execute("INSERT OR IGNORE INTO raised VALUES (?, ?, ?)", (scope.name, scope.key, scope.limit))

    def is_raised(self, scope: Scope) -> bool:
        """Whether that was done before."""
        with self._lock:
            return self._raise_of(scope) > 0

    def spent(self, scope: Scope) -> float:
        """Dollars that are known to be spent of a budget."""
        with self._lock:
            found = self._base.execute(f"SELECT SUM(cost) FROM spent WHERE {WHERE[scope.name]}", (scope.key,))
            return float(found.fetchone()[0] or 0.0)

    def judge(self, project: str, model: str, *, bad: bool) -> None:
        """Remember how a turn of a model went; it is written with the next call that is booked."""
        with self._lock:
            self._judged.append((project, model, bad))

    def rate(self, project: str, model: str) -> Rate:
        """How a model does in a project."""
        with self._lock:
            rate = self._rate(project, model)
            for _, _, bad in [one for one in self._judged if one[:2] == (project, model)]:
                rate = _judged(rate, bad=bad)
            return rate

    def rows(self, select: str, values: tuple[str, ...] = ()) -> list[tuple[object, ...]]:
        """What a query of ours finds."""
        with self._lock, self._changing():
            self._write_judged()
        with self._lock, closing(self._base.execute(select, values)) as found:
            return found.fetchall()

    def _write_judged(self) -> None:
        for project, model, bad in self._judged:
            rate = _judged(self._rate(project, model), bad=bad)
            row = (project, model, rate.turns, rate.bad)
            self._base.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?)", row)
        self._judged.clear()

    def _rate(self, project: str, model: str) -> Rate:
        found = self._base.execute("SELECT seen, bad FROM turns WHERE project = ? AND model = ?", (project, model))
        return Rate(*(found.fetchone() or (0, 0)))

    def _spent(self, scope: Scope, planned: Planned, at: datetime) -> float:
        """What is spent of a budget or set aside for calls under way."""
        if scope.name == "call":
            return 0.0
        where, since = WHERE["session" if scope.name == "run" else scope.name], at.timestamp() - HELD_S
        found = self._base.execute(f"SELECT SUM(cost) FROM held WHERE {where} AND at > ?", (scope.key, since))
        held = float(found.fetchone()[0] or 0.0)
        if scope.name == "run":
            return planned.spent + held
        spent = self._base.execute(f"SELECT SUM(cost) FROM spent WHERE {where}", (scope.key,)).fetchone()[0]
        return float(spent or 0.0) + held

    def _raise_of(self, scope: Scope) -> float:
        found = self._base.execute("SELECT dollars FROM raised WHERE scope = ? AND key = ?", (scope.name, scope.key))
        return float((found.fetchone() or (0.0,))[0])

    def _changing(self) -> "_Change":
        return _Change(self._base)


class _Change:
    """A transaction that has the only right to write from its beginning on."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def __enter__(self) -> None:
        self._base.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._base.execute("COMMIT" if kind is None else "ROLLBACK")


def _judged(rate: Rate, *, bad: bool) -> Rate:
    """After one more turn."""
    seen, worse = (rate.turns // 2, rate.bad // 2) if rate.turns >= LOOKED_AT else (rate.turns, rate.bad)
    return Rate(seen + 1, worse + bad)


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d")
