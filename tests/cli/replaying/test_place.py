"""The folder in which a session plays: as it was at the start, and nothing outside it is touched."""

import os
from pathlib import Path

import pytest
from click import UsageError

from pegboard.cli.replaying import place as places
from pegboard.cli.replaying.place import copied, name_of
from pegboard.cli.replaying.recorded import Kept, Recorded, Row
from pegboard_sdk.diff import diff
from pegboard_sdk.wire.records import Outcome, ToolResult


def recorded(workspace, *shown, **more):
    results = [ToolResult(call="c", tool="edit_file", outcome=Outcome.OK, shown=text) for text in shown]
    rows = tuple(Row(time="", record=result) for result in results)
    return Recorded(source="", session="s", workspace=str(workspace), rows=rows, **more)


def place_of(one, *, workspace, files, known=""):
    return places.place_of(one, workspace=workspace, files=files, known=lambda _: known)


def test_what_the_record_shows_of_changes_is_taken_back_in_a_copy(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.py").write_text("three\n")
    (work / "new.py").write_text("new\n")
    (work / "mine.py").write_text("mine\n")
    one = recorded(
        work,
        diff("one\n", "two\n", old="a.py", new="a.py").text,
        diff("two\n", "three\n", old="a.py", new="a.py").text,
        diff("", "new\n", old="/dev/null", new="new.py").text,
        diff("gone\n", "", old="gone.py", new="/dev/null").text,
        diff("was\n", "other\n", old="mine.py", new="mine.py").text,
        diff("x\n", "y\n", old="../out.py", new="../out.py").text,
        is_ours=True,
    )
    with place_of(one, workspace=None, files=None) as (place, unknown):
        assert place.name == "work"
        files = {path.name: path.read_text() for path in place.iterdir()}
        assert files == {"a.py": "one\n", "gone.py": "gone\n", "mine.py": "mine\n"}
        assert [note.split(":")[0] for note in unknown] == ["../out.py", "mine.py"]
    assert not place.exists()
    assert (work / "a.py").read_text() == "three\n"


def test_what_undo_knows_counts_before_what_the_record_shows(tmp_path):
    work = tmp_path / "work"
    (work / "made" / "deep").mkdir(parents=True)
    (work / "a.py").write_text("by a command\n")
    (work / "image.png").write_bytes(b"\x89")
    known = diff("one\n", "by a command\n", old="a.py", new="a.py").text
    known += "made folder made\nchanged image.png\nchanged made (3 inside)\nmade gone.bin\nand 3 more\n"
    one = recorded(work, diff("x\n", "y\n", old="a.py", new="a.py").text, is_ours=True)
    with place_of(one, workspace=None, files=None, known=known) as (place, unknown):
        assert sorted(path.name for path in place.iterdir()) == ["a.py", "image.png"]
        assert (place / "a.py").read_text() == "one\n"
        assert unknown == ("changed image.png; how it was is not known",)
    with place_of(one, workspace=None, files=None, known="nothing that stands\n") as (_, unknown):
        assert unknown == ("a.py: how it was is not known: line 1 is not what the change left",)


def test_a_recording_brings_its_files(tmp_path):
    files = (Kept(path="a/run.sh", text="echo\n", executable=True), Kept(path="b", data=b"\xff\x00"))
    with place_of(recorded("/gone/work", files=files), workspace=None, files=None) as (place, _):
        assert (place / "a/run.sh").read_text() == "echo\n"
        assert os.access(place / "a/run.sh", os.X_OK)
        assert (place / "b").read_bytes() == b"\xff\x00"


@pytest.mark.parametrize(
    "path", ["../out", "/etc/out", "a/../../out", "", ".", "..", "a\0b", ".git/config", "sub/.GIT/hooks/x", "x/" * 3000]
)
def test_a_recording_cannot_write_beside_its_folder_or_into_gits_own(tmp_path, path):
    one = recorded("/gone/work", files=(Kept(path=path, text="x"),))
    with pytest.raises(UsageError, match="cannot be laid out"), place_of(one, workspace=None, files=None):
        pytest.fail("it was laid out")


@pytest.mark.parametrize(
    ("workspace", "name"), [("/a/project", "project"), ("/", "workspace"), ("/a/..", "workspace"), ("", "workspace")]
)
def test_the_copy_has_a_plain_name(workspace, name):
    assert name_of(recorded(workspace)) == name


def test_links_stay_links_and_pipes_stay_behind(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    (work / "link").symlink_to("/etc/hostname")
    os.mkfifo(work / "pipe")
    copied(work, tmp_path / "copy")
    assert os.readlink(tmp_path / "copy" / "link") == "/etc/hostname"
    assert not (tmp_path / "copy" / "pipe").exists()


def test_a_folder_that_is_given_is_used_itself(tmp_path):
    with place_of(recorded("/gone"), workspace=str(tmp_path), files=None) as (place, unknown):
        assert (place, unknown) == (tmp_path.resolve(), ())
    assert Path(tmp_path).is_dir()


def test_a_workspace_that_is_gone_is_said_with_what_helps(tmp_path):
    one = recorded(tmp_path / "gone", is_ours=True)
    with pytest.raises(UsageError, match="--files DIR"), place_of(one, workspace=None, files=None):
        pytest.fail("there is nothing to copy")
