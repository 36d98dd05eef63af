"""What is named is found and checked; a hostile file is refused with its name and the reason, before anything runs."""

from pathlib import Path

import click
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.replaying.file import lines, recording_in
from pegboard.cli.replaying.recorded import Kept, Recorded, Row
from pegboard.cli.replaying.source import recorded
from pegboard.cli.sharing.bundle import share
from pegboard.sessions import Sessions
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.records import Init, Message, Role, Text, Titled

SAID = Message(role=Role.USER, parts=(Text(text="go"),))


@pytest.fixture
def session(tmp_path, monkeypatch):
    for kind in ("config", "data", "state", "cache", "runtime"):
        monkeypatch.setenv(f"PEGBOARD_{kind.upper()}_DIR", str(tmp_path / kind))
    with Sessions(tmp_path / "state").new(tmp_path, program="test") as journal:
        journal.append(SAID)
        journal.append(Titled(title="Fix Login"))
    return journal.folder


def recording(*records, **more):
    rows = tuple(Row(time="2026-01-01T00:00:00Z", record=record) for record in records)
    return Recorded(source="", session="s", workspace="/w", rows=rows, **more)


def data_of(one):
    return b"".join(lines(one, program="test", model="m"))


def test_a_session_is_named_by_id_by_its_beginning_and_by_its_title(session):
    for named in (session.name, session.name[:15], "fix login"):
        found = recorded(named)
        assert (found.session, found.is_ours, len(found.rows)) == (session.name, True, 3)


def test_a_journal_a_shared_session_and_a_recording_are_known_by_what_is_in_them(session, tmp_path):
    (tmp_path / "a").write_bytes((session / "journal.jsonl").read_bytes())
    share(session, tmp_path / "b")
    (tmp_path / "c").write_bytes(data_of(recorded(session.name)))
    for name in "abc":
        found = recorded(str(tmp_path / name))
        assert (found.session, found.is_ours) == (session.name, False)
        assert found.rows[1].record == SAID


HOSTILE = {
    "empty": (b"", "no journal, no shared session and no recording"),
    "text": (b"hello\n", "no journal, no shared session and no recording"),
    "foreign": (b'{"v":1,"seq":1}\n', "line 1 is damaged"),
    "newer": (b'{"v":99,"seq":1,"time":"","prev":"","record":{},"hash":""}\n', "of schema 99"),
    "zip": (b"PK\x03\x04 and no more", "is not a shared session"),
    "torn recording": (b'{"type":"recording",\n', "is torn"),
    "changed recording": (b'{"type":"recording","schema":1}\n{"type":"end","sha256":"0"}\n', "was changed"),
    "huge journal": (b'{"v":1,' + b" " * (65 << 20), "larger than 64 MiB"),
    "huge recording": (b'{"type":"recording",' + b"\n" * (65 << 20), "larger than 64 MiB"),
    "deep": (b'{"type":"recording",' + b'"x":[' * 100_000 + b"\n" + b"[" * 100_000 + b"\n", "is no line"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_file_that_cannot_be_played_is_refused_by_name(tmp_path, kind):
    content, said = HOSTILE[kind]
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(click.UsageError, match=said) as caught:
        recorded(str(tmp_path / "file"))
    assert str(tmp_path / "file") in str(caught.value)


def test_a_journal_that_lost_its_end_or_a_line_or_was_edited_is_refused(session, tmp_path):
    whole = (session / "journal.jsonl").read_bytes()
    first, second, third = whole.splitlines(keepends=True)
    for content, said in (
        (whole[:-5], "is torn"),
        (first + third, "line 2 is damaged"),
        (whole.replace(b'"go"', b'"no"'), "line 2 is damaged"),
        (second, "line 1 is damaged"),
    ):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(click.UsageError, match=said):
            recorded(str(tmp_path / "file"))


@given(st.lists(st.builds(Kept, path=st.text(max_size=9), text=st.text(), executable=st.booleans()), max_size=3))
def test_a_recording_is_read_as_it_was_written(files):
    init = Init(session="s", workspace="/w", program="p")
    one = recording(init, SAID, files=tuple(files), missing=("a",))
    assert recording_in(data_of(one), "") == one


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_recording_with_any_other_byte_is_refused(at, byte):
    data = data_of(recording(Init(session="s", workspace="/w", program="p"), SAID))
    changed = bytearray(data)
    changed[at % len(data)] = byte
    if bytes(changed) == data:
        return
    with pytest.raises(InvalidParams):
        recording_in(bytes(changed), "file")


@given(st.binary())
def test_any_bytes_are_refused_or_a_recording(data):
    with pytest.raises(InvalidParams):
        recording_in(b'{"type":"recording",' + data, "file")


def test_a_recording_without_a_beginning_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(data_of(recording(SAID)))
    with pytest.raises(click.UsageError, match="does not begin as a session does"):
        recorded(str(tmp_path / "file"))
    assert msgspec.json.decode(data_of(recording(SAID)).splitlines()[0])["type"] == "recording"
    assert Path(tmp_path / "file").exists()
