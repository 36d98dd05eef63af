"""Journals of an older schema are read for ever; one of a newer schema is refused with what to do."""

import hashlib
import shutil
from pathlib import Path
from typing import get_args

import pytest

from pegboard.journal import Journal, JournalNewer, State, read, verify
from pegboard.journal.chain import sealed
from pegboard.journal.reader import FILE
from pegboard.sessions import Sessions
from pegboard.transcript import Transcript
from pegboard_sdk.wire.records import SCHEMA, AnyRecord, Delta

SCHEMA_1 = Path(__file__).parent / "schema1" / "20261122-120000-000001"


def test_every_record_of_schema_1_is_still_read():
    assert str(verify(SCHEMA_1)) == "closed: 20 records hold"
    kinds = {type(line.record) for line in read(SCHEMA_1)}
    assert None.__class__ not in kinds
    later = {"Compacted"}
    assert {kind.__name__ for kind in get_args(AnyRecord)} - {kind.__name__ for kind in kinds} - later == {
        Delta.__name__
    }


def test_a_session_of_schema_1_goes_on(tmp_path):
    shutil.copytree(SCHEMA_1, tmp_path / "sessions" / SCHEMA_1.name)
    transcript = Transcript()
    with Sessions(tmp_path).open(
        SCHEMA_1.name, program="test", each=lambda line: line.record and transcript.apply(line.record, line.seq)
    ) as journal:
        assert journal.seq == 20
    assert transcript.title == "Counting"
    assert [entry.turn for entry in transcript.entries()] == [0, 1, 1, 2]
    assert transcript.repairs() == ()


def of_schema(version: int, raw: bytes, *, seq: int, prev: str) -> bytes:
    line, _ = sealed(raw, seq=seq, time="2030-01-01T00:00:00.000Z", prev=prev)
    body = line.replace(b'{"v":%d,' % SCHEMA, b'{"v":%d,' % version, 1)[: -len(b',"hash":""}\n') - 64]
    return b'%s,"hash":"%s"}\n' % (body, hashlib.sha256(body).hexdigest().encode())


def test_a_newer_schema_is_refused_with_what_to_do(tmp_path):
    folder = tmp_path / "session"
    shutil.copytree(SCHEMA_1, folder)
    last = list(read(folder))[-1]
    with (folder / FILE).open("ab") as file:
        file.write(of_schema(SCHEMA + 1, b'{"type":"message","shape":"new"}', seq=21, prev=last.hash))
    before = (folder / FILE).read_bytes()
    with pytest.raises(JournalNewer, match=f"line 21 is of schema {SCHEMA + 1}.* reads up to {SCHEMA}: update it"):
        list(read(folder))
    with pytest.raises(JournalNewer, match="update it"):
        Journal.open(folder, program="test")
    assert (folder / FILE).read_bytes() == before
    assert verify(SCHEMA_1).state is State.CLOSED
