"""What a report says beyond its verdict, and every place where a record may name a blob."""

import hashlib

import pytest

from pegboard.journal import Journal, State, verify
from pegboard.journal.reader import FILE
from pegboard.journal.verify import handles
from pegboard_sdk.wire.records import (
    Closed,
    Compacted,
    Ending,
    Failure,
    Image,
    Message,
    Outcome,
    Request,
    Role,
    Text,
    ToolResult,
)

ONE, TWO = (hashlib.sha256(text).hexdigest() for text in (b"1", b"2"))


def test_a_sound_report_names_no_line_and_no_reason(tmp_path):
    with Journal.create(tmp_path, program="test") as journal:
        journal.append(Closed(end=Ending.DONE))
    found = verify(tmp_path)
    assert (found.line, found.why, found.torn, found.notes) == (0, "", 0, ())


def test_an_empty_journal_has_nothing_unanchored(tmp_path):
    (tmp_path / FILE).write_bytes(b"")
    found = verify(tmp_path)
    assert (found.state, found.records, found.unanchored) == (State.OPEN, 0, 0)


def test_a_broken_report_says_where_and_why(tmp_path):
    with Journal.create(tmp_path, program="test") as journal:
        for number in range(3):
            journal.append(Failure(code="TEST", message=str(number)))
    lines = (tmp_path / FILE).read_bytes().splitlines(keepends=True)
    (tmp_path / FILE).write_bytes(b"".join([lines[0], lines[1].replace(b"TEST", b"TUST"), lines[2]]))
    found = verify(tmp_path)
    assert (found.state, found.records, found.line) == (State.BROKEN, 1, 2)
    assert (found.unanchored, found.torn) == (0, 0)
    assert found.why
    assert found.why in str(found)
    assert "None" not in found.why


@pytest.mark.parametrize(
    ("record", "named"),
    [
        (Message(role=Role.USER, parts=(Text(text="x"), Image(media_type="image/png", handle=ONE))), [ONE]),
        (ToolResult(call="c", tool="t", outcome=Outcome.OK, handle=TWO), [TWO]),
        (Request(turn=1, model="m", conversation="c", messages=1, sha256=TWO, system=ONE, tools=TWO), [ONE, TWO]),
        (Request(turn=1, model="m", conversation="c", messages=1, sha256=TWO, system="a" * 63, tools="-" * 64), []),
        (Compacted(reason="r", through=1, handles=(ONE, TWO)), [ONE, TWO]),
        (Failure(code="TEST", message=ONE), []),
        (None, []),
    ],
)
def test_every_place_for_a_blob_is_looked_at(record, named):
    assert list(handles(record)) == named


def test_each_line_that_holds_is_handed_out_and_none_behind_a_damaged_one(tmp_path):
    with Journal.create(tmp_path, program="test") as journal:
        for number in range(3):
            journal.append(Failure(code="TEST", message=str(number)))
    seen = []
    verify(tmp_path, each=seen.append)
    assert [(line.seq, line.record.message) for line in seen] == [(1, "0"), (2, "1"), (3, "2")]
    lines = (tmp_path / FILE).read_bytes().splitlines(keepends=True)
    (tmp_path / FILE).write_bytes(b"".join([lines[0], lines[1].replace(b"TEST", b"TUST"), lines[2]]))
    seen.clear()
    verify(tmp_path, each=seen.append)
    assert [line.seq for line in seen] == [1]


def test_a_blob_is_read_once_however_often_it_is_named(tmp_path, monkeypatch):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / ONE).write_bytes(b"1")
    with Journal.create(tmp_path, program="test") as journal:
        for call in "ab":
            journal.append(ToolResult(call=call, tool="t", outcome=Outcome.OK, handle=ONE))
    read = []
    digest = hashlib.file_digest
    monkeypatch.setattr("hashlib.file_digest", lambda file, kind: read.append(file.name) or digest(file, kind))
    assert verify(tmp_path).state is State.OPEN
    assert len(read) == 1
