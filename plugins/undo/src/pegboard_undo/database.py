"""One workspace's file of what is kept and what was done: SQLite, so that a kill at any moment leaves it whole.

Several processes may use it at once. Usable from any thread, by one at a time.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_TABLES: Final = """
create table if not exists contents(digest blob primary key, size int, heavy int, data blob);
create table if not exists seen(path blob primary key, entry blob) without rowid;
create table if not exists steps(
    step integer primary key, session text, prompt int, call text, said text, beyond text, at real, undone int);
create table if not exists changes(
    change integer primary key, step int references steps on delete cascade, path blob, before blob, after blob);
create table if not exists undos(
    undo integer primary key, session text, grouped int, redoes int, state text, words text);
create table if not exists moves(
    undo int references undos on delete cascade, number int, path blob, before blob, after blob);
create index if not exists changes_of on changes(step);
create index if not exists moves_of on moves(undo);
"""
_BUSY_S: Final = 5.0


class Database:
    """Raises sqlite3.Error as the disk does."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        for pragma in ("auto_vacuum=incremental", "journal_mode=wal", "synchronous=normal", "foreign_keys=on"):
            self._connection.execute(f"pragma {pragma}")
        self._connection.executescript(_TABLES)
        self._depth = 0

    def all(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Every row."""
        return self._connection.execute(query, values).fetchall()

    def one(self, query: str, *values: object) -> tuple[object, ...] | None:
        """The first row."""
        row: tuple[object, ...] | None = self._connection.execute(query, values).fetchone()
        return row

    def run(self, query: str, *values: object) -> int:
        """Change something; the row that was made."""
        return self._connection.execute(query, values).lastrowid or 0

    @contextmanager
    def together(self, *, durable: bool = False) -> Iterator[None]:
        """All of it or nothing; `durable` is on disk at the end, also after a power failure. May be nested."""
        if self._depth:
            yield
            return
        if durable:
            self._connection.execute("pragma synchronous=full")
        self._connection.execute("begin immediate")
        self._depth = 1
        try:
            yield
            self._connection.execute("commit")
        except BaseException:
            self._connection.execute("rollback")
            raise
        finally:
            self._depth = 0
            if durable:
                self._connection.execute("pragma synchronous=normal")

    def shrink(self) -> None:
        """Give back what was freed."""
        self._connection.execute("pragma incremental_vacuum").fetchall()

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()
