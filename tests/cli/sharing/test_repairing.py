"""What can be read of a damaged session is saved under its old numbers; the damaged one stays as it is."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.sharing.repairing import LOST, repair
from pegboard.journal import State, read, verify
from pegboard.journal.chain import sealed
from pegboard.journal.reader import FILE
from pegboard.sessions import Sessions
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.records import Failure, File, Init, Message, Outcome, Request, Role, Text, ToolResult


def said(text):
    return Message(role=Role.USER, parts=(Text(text=text),))


@pytest.fixture
def sessions(tmp_path):
    return Sessions(tmp_path / "state")


@pytest.fixture
def name(sessions, tmp_path):
    with sessions.new(tmp_path, program="test") as journal:
        for number in range(2, 9):
            journal.append(said(f"message {number}"))
        return journal.session


def damaged(sessions, name, change):
    """Change the lines of a session's file; return what it then holds."""
    file = sessions.folder / name / FILE
    file.write_bytes(change(file.read_bytes()))
    return file.read_bytes()


def mended(sessions, name, tmp_path):
    """The repaired session's texts by number, and what was lost; the old file untouched, the new one whole."""
    before = (sessions.folder / name / FILE).read_bytes()
    found = repair(sessions, name, tmp_path, program="test")
    assert (sessions.folder / name / FILE).read_bytes() == before
    assert verify(sessions.folder / found.session).state is State.OPEN
    lines = list(read(sessions.folder / found.session))
    assert isinstance(lines[0].record, Init)
    assert lines[0].record.parent == name
    texts = {line.seq: line.record.parts[0].text for line in lines if isinstance(line.record, Message)}
    marks = {line.seq for line in lines if isinstance(line.record, Failure) and line.record.code == LOST}
    assert marks <= {lost.number for lost in found.lost}
    return texts, {lost.number: lost.why for lost in found.lost}


def whole(*but):
    return {number: f"message {number}" for number in range(2, 9) if number not in but}


def test_nothing_damaged_is_nothing_to_do(sessions, name, tmp_path):
    assert repair(sessions, name, tmp_path, program="test") is None
    assert sessions.ids() == [name]


def test_a_torn_tail_is_lost_alone(sessions, name, tmp_path):
    damaged(sessions, name, lambda data: data[:-30])
    texts, lost = mended(sessions, name, tmp_path)
    assert texts == whole(8)
    assert re.fullmatch(r"its line of \d+ bytes has no end", lost[8])


def test_a_flipped_byte_costs_its_record_alone(sessions, name, tmp_path):
    damaged(sessions, name, lambda data: data.replace(b"message 4", b"massage 4"))
    texts, lost = mended(sessions, name, tmp_path)
    assert texts == whole(4)
    assert lost == {4: "its content does not match its hash"}


def test_the_first_record_may_be_the_lost_one(sessions, name, tmp_path):
    damaged(sessions, name, lambda data: b"#" + data[1:])
    texts, lost = mended(sessions, name, tmp_path)
    assert texts == whole()
    assert lost == {1: "it is not a journal's line"}


def test_lines_that_are_gone_are_missed_and_lines_too_many_are_not_counted(sessions, name, tmp_path):
    def change(data):
        lines = data.splitlines(keepends=True)
        return b"".join([*lines[:2], b"garbage\n", *lines[2:4], *lines[6:]])

    damaged(sessions, name, change)
    texts, lost = mended(sessions, name, tmp_path)
    assert texts == whole(5, 6)
    assert lost[3].startswith("before it stood a line that is no record")
    assert lost[5] == lost[6] == "it is not in the file"


def test_a_record_sealed_anew_is_told(sessions, name, tmp_path):
    lines = list(read(sessions.folder / name))
    forged, _ = sealed(lines[3].raw.replace(b"message", b"massage"), seq=4, time=lines[3].time, prev=lines[3].prev)
    damaged(sessions, name, lambda data: b"".join([*data.splitlines(keepends=True)[:3], forged,
                                                   *data.splitlines(keepends=True)[4:]]))  # fmt: skip
    _, lost = mended(sessions, name, tmp_path)
    assert lost == {5: "it does not follow the record before it: one of the two was changed"}


def test_a_record_of_a_later_schema_is_left_out(sessions, name, tmp_path):
    damaged(sessions, name, lambda data: data.replace(b'{"v":1,"seq":8', b'{"v":7,"seq":8'))
    texts, lost = mended(sessions, name, tmp_path)
    assert texts == whole(8)
    assert lost == {8: "it is of schema 7; this Pegboard reads up to 1"}


async def test_a_lost_blob_is_told_and_no_longer_named(sessions, tmp_path):
    with sessions.new(tmp_path, program="test") as journal:
        good, gone = [await journal.blobs.put(data) for data in (b"good", b"gone")]
        journal.append(Request(turn=1, model="m", conversation="c", messages=0, sha256="", system=good, tools=gone))
        journal.append(ToolResult(call="a", tool="t", outcome=Outcome.OK, handle=gone, parts=(File(handle=gone),)))
        journal.append(Message(role=Role.USER, parts=(File(handle=good, name="n"),)))
    (journal.folder / "blobs" / gone).unlink()
    os.mkfifo(journal.folder / "blobs" / gone)
    found = repair(sessions, journal.session, tmp_path, program="test")
    assert [lost.number for lost in found.lost] == [2, 3]
    assert all("is lost" in lost.why for lost in found.lost)
    _, request, result, message = [line.record for line in read(sessions.folder / found.session)]
    assert (request.system, request.tools) == (good, "")
    assert (result.handle, result.parts[0].text) == ("", "[what stood here (application/octet-stream) is lost]")
    assert message.parts[0].handle == good
    assert verify(sessions.folder / found.session).state is State.OPEN


def test_what_is_no_journal_is_refused(sessions, name, tmp_path):
    file = sessions.folder / name / FILE
    for hostile in (b"", b"\0" * 5000, b"\n" * 20_000, b"[" * 100_000 + b"\n"):
        file.write_bytes(hostile)
        if hostile:
            with pytest.raises(InvalidParams, match=r"can be read|no journal"):
                repair(sessions, name, tmp_path, program="test")
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(InvalidParams, match="is no file"):
        repair(sessions, name, tmp_path, program="test")
    file.unlink()
    file.symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        repair(sessions, name, tmp_path, program="test")
    assert sessions.ids() == [name]


def test_a_claim_of_a_huge_number_does_not_fill_the_gap(sessions, name, tmp_path):
    line, _ = sealed(b'{"type":"titled","title":"x"}', seq=10**12, time="t", prev="0" * 64)
    damaged(sessions, name, lambda data: data + line)
    texts, lost = mended(sessions, name, tmp_path)
    assert texts == whole()
    assert lost == {9: f"the line in its place says that it is record {10**12}"}


@given(st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=0, max_size=4), st.integers(0, 300)), max_size=4))
def test_whatever_happened_to_the_bytes_the_rest_is_saved(tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("any")
    sessions = Sessions(folder)
    with sessions.new(folder, program="test") as journal:
        for number in range(2, 9):
            journal.append(said(f"message {number}"))
    data = (journal.folder / FILE).read_bytes()
    lines = data.splitlines(keepends=True)
    for where, noise, removed in changes:
        at = where % (len(data) + 1)
        data = data[:at] + noise + data[at + removed :]
    (journal.folder / FILE).write_bytes(data)
    intact = {number for number, line in enumerate(lines, start=1) if b"\n" + line in b"\n" + data}
    if not intact:
        return
    found = repair(sessions, journal.session, folder, program="test")
    if found is None:
        assert verify(journal.folder).state is State.OPEN
        return
    assert verify(sessions.folder / found.session).state is State.OPEN
    new = {line.seq: line.record for line in read(sessions.folder / found.session)}
    assert {number for number in intact if number > 1} <= {
        seq for seq, record in new.items() if record == said(f"message {seq}")
    }
