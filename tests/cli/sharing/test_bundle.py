"""A session travels in one file with its hashes; what is no such file adds nothing."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.sharing import bundle
from pegboard.cli.sharing.bundle import share, take_in
from pegboard.journal import State, read, verify
from pegboard.journal.reader import FILE
from pegboard.sessions import Sessions
from pegboard_sdk.errors import Conflict, InvalidParams
from pegboard_sdk.wire.records import Message, Outcome, Role, Text, ToolResult


@pytest.fixture
async def shared(tmp_path):
    """A session with a blob, and the file that it was shared as."""
    here = Sessions(tmp_path / "here")
    with here.new(tmp_path, program="test") as journal:
        handle = await journal.blobs.put(b"large" * 1000)
        journal.append(Message(role=Role.USER, parts=(Text(text="hello"),)))
        journal.append(ToolResult(call="a", tool="t", outcome=Outcome.OK, handle=handle))
    file = tmp_path / "one.peg"
    assert share(journal.folder, file) == 3
    return here, journal.folder, file


async def test_a_shared_session_is_the_same_elsewhere(shared, tmp_path):
    _, folder, file = shared
    there = Sessions(tmp_path / "there")
    name = take_in(there, file)
    assert name == folder.name
    assert (there.folder / name / FILE).read_bytes() == (folder / FILE).read_bytes()
    assert str(verify(there.folder / name)) == str(verify(folder))
    with there.open(name, program="test") as journal:
        journal.append(Message(role=Role.USER, parts=(Text(text="on"),)))
    assert verify(there.folder / name).records == 4
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["sessions"]


async def test_the_same_session_is_not_taken_in_twice_and_another_keeps_its_place(shared, tmp_path):
    here, folder, file = shared
    with pytest.raises(Conflict, match="is here already"):
        take_in(here, file)
    (folder / FILE).write_bytes(b"something else\n")
    name = take_in(here, file)
    assert name != folder.name
    assert verify(here.folder / name).state is State.OPEN
    assert (folder / FILE).read_bytes() == b"something else\n"


async def test_sharing_replaces_no_file_unasked_and_leaves_a_torn_line_behind(shared):
    _, folder, file = shared
    with pytest.raises(Conflict, match="--force"):
        share(folder, file)
    with (folder / FILE).open("ab") as journal:
        journal.write(b'{"v":1,"seq":4')
    assert share(folder, file, replace=True) == 3
    with zipfile.ZipFile(file) as opened:
        assert opened.read(FILE).endswith(b"}\n")
    assert file.stat().st_mode & 0o077 == 0


async def test_a_damaged_session_is_not_shared(shared, tmp_path):
    _, folder, _ = shared
    next((folder / "blobs").iterdir()).unlink()
    with pytest.raises(InvalidParams, match="peg session repair"):
        share(folder, tmp_path / "two.peg")
    assert not (tmp_path / "two.peg").exists()


def packed(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in entries.items():
            opened.writestr(name, data)
    return path


def refused(tmp_path: Path, file: Path, why: str) -> None:
    sessions = Sessions(tmp_path / "there")
    with pytest.raises(InvalidParams, match=why):
        take_in(sessions, file)
    assert sessions.ids() == []
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["sessions"]


@pytest.mark.parametrize(
    "name", ["../../evil", "/etc/evil", "blobs/../evil", "lock", "blobs/" + "A" * 64, "journal.jsonl/x", "blobs/"]
)
async def test_strange_names_are_refused(shared, tmp_path, name):
    journal = (shared[1] / FILE).read_bytes()
    refused(tmp_path, packed(tmp_path / "bad", {FILE: journal, name: b"x"}), "not a shared session")


async def test_what_does_not_verify_is_refused(shared, tmp_path):
    _, folder, _ = shared
    journal = (folder / FILE).read_bytes()
    blob = next((folder / "blobs").iterdir())
    whole = {FILE: journal, f"blobs/{blob.name}": blob.read_bytes()}
    refused(tmp_path, packed(tmp_path / "a", {**whole, FILE: journal.replace(b"hello", b"hullo")}), "broken at line 2")
    refused(tmp_path, packed(tmp_path / "b", {FILE: journal}), "cannot be read")
    refused(tmp_path, packed(tmp_path / "c", {**whole, f"blobs/{blob.name}": b"x"}), "not what its name says")
    refused(tmp_path, packed(tmp_path / "d", {FILE: b""}), "no beginning")
    later = b"".join(journal.splitlines(keepends=True)[1:])
    refused(tmp_path, packed(tmp_path / "e", {**whole, FILE: later}), "broken at line 1")


async def test_a_bomb_is_refused_by_what_it_unpacks_to(shared, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "MOST_BYTES", 1 << 20)
    journal, bomb = (shared[1] / FILE).read_bytes(), bytes(2 << 20)
    name = f"blobs/{hashlib.sha256(bomb).hexdigest()}"
    refused(tmp_path, packed(tmp_path / "bomb", {FILE: journal, name: bomb}), "more than")


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_bytes_make_it_stumble(tmp_path_factory, noise, at):
    folder = tmp_path_factory.mktemp("noise")
    file = packed(folder / "f", {FILE: b"{}\n"})
    data = file.read_bytes()
    file.write_bytes(data[:at] + noise + data[at + len(noise) :])
    with pytest.raises(InvalidParams):
        take_in(Sessions(folder / "there"), file)
    assert [line for line in (folder / "there").glob("**/*") if line.is_file()] == []


def test_the_records_of_a_bundle_are_read_back(tmp_path):
    sessions = Sessions(tmp_path)
    with sessions.new(tmp_path, program="test") as journal:
        pass
    share(journal.folder, tmp_path / "f")
    name = take_in(Sessions(tmp_path / "b"), tmp_path / "f")
    assert len(list(read(tmp_path / "b" / "sessions" / name))) == 1
