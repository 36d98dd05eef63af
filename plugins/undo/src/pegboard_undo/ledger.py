"""What calls changed, and what was undone of it, by session and in order. It knows no file."""

import os
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pegboard_undo.database import Database
from pegboard_undo.entry import Change, Entry

_entries: Final = msgspec.msgpack.Decoder(Entry | None)
_encoder: Final = msgspec.msgpack.Encoder()


class Call(Struct, frozen=True):
    """A call that is under way. `said` names it to people, `beyond` is what it may do that no file shows."""

    session: str
    prompt: int
    call: str
    said: str
    beyond: str = ""


class Step(Struct, frozen=True):
    """One call that changed something, or that reached `beyond` what can be undone."""

    step: int
    prompt: int
    call: str
    said: str
    beyond: str
    at: float
    changes: tuple[Change, ...] = ()


class Undo(Struct, frozen=True):
    """One undo, or a redo of one (`redoes`), with what it was to change. Those of several folders share `grouped`."""

    undo: int
    grouped: int
    redoes: int
    words: str
    moves: tuple[Change, ...]


class Ledger:
    """Rows of one workspace's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Calls.

    def note(self, call: Call, changes: list[Change]) -> list[int]:
        """What a call changed; noted more than once it is one step. The rows of the changes. There is no redo after."""
        database = self._database
        with database.together():
            row = database.one("select step from steps where session = ? and call = ?", call.session, call.call)
            step = _int(row[0]) if row else self._add(call)
            if changes:
                database.run("update undos set state = 'dropped' where session = ? and state = 'done'", call.session)
            return [
                database.run("insert into changes values(null, ?, ?, ?, ?)", step, *_row(change)) for change in changes
            ]

    def _add(self, call: Call) -> int:
        values = (call.session, call.prompt, call.call, call.said, call.beyond, time.time())
        return self._database.run("insert into steps values(null, ?, ?, ?, ?, ?, ?, null)", *values)

    def unknown(self) -> list[tuple[int, str, Entry]]:
        """What calls left that was not kept by then: rows, paths and entries."""
        rows = self._database.all(
            "select change, path, after from changes join steps using (step) where undone is null"
        )
        found = [(_int(row), os.fsdecode(_bytes(path)), _entries.decode(_bytes(after))) for row, path, after in rows]
        return [(row, path, after) for row, path, after in found if after is not None and after.is_blank]

    def know(self, row: int, after: Entry) -> None:
        """What a change left is known with its content now."""
        self._database.run("update changes set after = ? where change = ?", _encoder.encode(after), row)

    def standing(self, session: str, since: int = 0) -> list[Step]:
        """The session's calls from a prompt on that are not undone, newest first."""
        query = (
            "select step, prompt, call, said, beyond, at from steps "
            "where session = ? and prompt >= ? and undone is null order by step desc"
        )
        return [self._step(*row) for row in self._database.all(query, session, since)]

    def prompts(self, session: str) -> list[int]:
        """Those with changes that are not undone, newest first."""
        query = (
            "select distinct prompt from steps where session = ? and undone is null "
            "and exists(select 1 from changes where changes.step = steps.step) order by prompt desc"
        )
        return [_int(row[0]) for row in self._database.all(query, session)]

    def _step(self, *columns: Any) -> Step:  # noqa: ANN401 - a row
        rows = self._database.all("select path, before, after from changes where step = ? order by change", columns[0])
        return replace(Step(*columns), changes=tuple(map(_change, rows)))

    # Undos.

    def plan(
        self, session: str, moves: Sequence[Change], *, grouped: int, words: str, steps: Sequence[int], redoes: int
    ) -> int:
        """An undo that is about to be carried out; on disk on return."""
        database = self._database
        with database.together(durable=True):
            undo = database.run(
                "insert into undos values(null, ?, ?, ?, 'planned', ?)", session, grouped, redoes, words
            )
            for number, move in enumerate(moves):
                database.run("insert into moves values(?, ?, ?, ?, ?)", undo, number, *_row(move))
            for step in steps:
                database.run("update steps set undone = ? where step = ?", undo, step)
        return undo

    def done(self, undo: int) -> None:
        """It was carried out, as far as it could be."""
        database = self._database
        row = database.one("select redoes from undos where undo = ?", undo)
        redoes = _int(row[0]) if row else 0
        with database.together(durable=True):
            database.run("update undos set state = ? where undo = ?", "redone" if redoes else "done", undo)
            if redoes:
                database.run("update undos set state = 'redone' where undo = ?", redoes)
                database.run("update steps set undone = null where undone = ?", redoes)

    def redoable(self, session: str) -> Undo | None:
        """The newest undo that can be taken back."""
        return self._undo("where session = ? and state = 'done' and redoes = 0 order by undo desc", session)

    def cut_off(self) -> Undo | None:
        """One that was begun, of any session, and not carried to its end."""
        return self._undo("where state = 'planned' order by undo")

    def _undo(self, where: str, *values: object) -> Undo | None:
        row = self._database.one(f"select undo, grouped, redoes, words from undos {where} limit 1", *values)
        if row is None:
            return None
        moves = self._database.all("select path, before, after from moves where undo = ? order by number", row[0])
        return Undo(_int(row[0]), _int(row[1]), _int(row[2]), str(row[3]), tuple(map(_change, moves)))

    # What an earlier run knew.

    def seen(self) -> dict[str, Entry]:
        """Files by path, as they were when their content was kept."""
        found = {}
        for path, entry in self._database.all("select path, entry from seen"):
            known = _entries.decode(_bytes(entry))
            if known is not None:
                found[os.fsdecode(_bytes(path))] = known
        return found

    def see(self, path: str, entry: Entry) -> None:
        """The content of this is kept."""
        self._database.run("insert or replace into seen values(?, ?)", os.fsencode(path), _encoder.encode(entry))

    def forget_seen(self, paths: list[str]) -> None:
        """These are gone."""
        for path in paths:
            self._database.run("delete from seen where path = ?", os.fsencode(path))

    # Getting smaller.

    def forget(self, before: float) -> None:
        """Forget what calls did before this time."""
        self._database.run("delete from steps where at < ?", before)
        self._database.run("delete from undos where state <> 'planned' and undo not in "
                           "(select undone from steps where undone is not null)")  # fmt: skip

    def forget_oldest(self) -> bool:
        """Forget the oldest calls, a tenth of all; False when there is none."""
        row = self._database.one("select count(*) from steps")
        count = _int(row[0]) if row else 0
        oldest = "select step from steps order by step limit ?"
        self._database.run(f"delete from steps where step in ({oldest})", 1 + count // 10)
        return count > 0

    def needed(self) -> set[bytes]:
        """The contents that something here names."""
        found: set[bytes] = set()
        for table, columns in (("seen", "entry, null"), ("changes", "before, after"), ("moves", "before, after")):
            for row in self._database.all(f"select {columns} from {table}"):
                entries = [_entries.decode(value) for value in row if isinstance(value, bytes)]
                found |= {entry.content for entry in entries if entry is not None}
        return found


def _row(change: Change) -> tuple[bytes, bytes, bytes]:
    return os.fsencode(change.path), _encoder.encode(change.before), _encoder.encode(change.after)


def _change(row: tuple[object, ...]) -> Change:
    path, before, after = map(_bytes, row)
    return Change(os.fsdecode(path), _entries.decode(before), _entries.decode(after))


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
