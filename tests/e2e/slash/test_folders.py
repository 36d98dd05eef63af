"""`/add-dir`: another folder counts like the workspace, for every tool and for this session, wherever it goes on."""

import sys
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Call, Turn

sys.path.insert(0, str(Path(__file__).parent))

from stage import Stage, played

from pegboard.cli.folders.keeping import kept
from pegboard_sdk.wire.fronting import Prompted
from pegboard_sdk.wire.records import ToolResult

DONE = Turn(text="done")


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder that is not in the workspace."""
    folder = tmp_path / "beside"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git/config").write_text("[core]\n")
    (folder / "notes.txt").write_text("a needle here\n")
    return folder


def turns(*calls: Call) -> list[Turn]:
    return [Turn(calls=list(calls)), DONE]


def outcomes(stage: Stage) -> list[str]:
    return [each.outcome.value for each in stage.records(ToolResult)]


def test_every_tool_works_in_an_added_folder_and_undo_covers_it(home: Any, monkeypatch: Any, beside: Path) -> None:
    notes, made = beside / "notes.txt", beside / "made.txt"
    work = (
        Call("read_file", {"path": f"{notes}"}),
        Call("grep", {"pattern": "needle", "path": f"{beside}"}),
        Call("edit_file", {"path": f"{notes}", "old_str": "needle", "new_str": "thread"}),
        Call("bash", {"command": f"touch {made}"}),
    )

    async def act(stage: Stage) -> None:
        await stage.prompted("work there")
        assert outcomes(stage) == ["denied"] * 4 or "ok" not in outcomes(stage), "it lies outside, and nobody says yes"
        await stage.typed("/undo")  # so that undo runs, in a room without the folder
        assert "counts like the workspace in this session" in await stage.ok("/add-dir ../beside")
        assert "already" in await stage.ok(f"/add-dir {beside}")
        assert "already" in await stage.ok("/add-dir .")
        assert f"and in {beside}  — /add-dir" in await stage.ok("/permissions")
        assert await stage.ok("/add-dir") == "\n".join((await stage.ok("/permissions")).splitlines()[:2])
        before = len(outcomes(stage)), len(stage.person.questions)
        await stage.prompted("work there now")
        assert outcomes(stage)[before[0] :] == ["ok"] * 4
        assert len(stage.person.questions) == before[1], "and nobody was asked"
        assert "needle" in str(stage.records(ToolResult)[before[0] + 1].parts)
        assert (notes.read_text(), made.exists()) == ("a thread here\n", True)
        assert str(beside) in str(stage.server.bodies[-1]["messages"]), "the model was told"
        assert "undid" in await stage.ok("/undo")
        assert (notes.read_text(), made.exists()) == ("a needle here\n", False)

    played(home, monkeypatch, act, *turns(*work), *turns(*work), mode="auto")


def test_what_is_protected_stays_so_there(home: Any, monkeypatch: Any, beside: Path) -> None:
    config = Call("write_file", {"path": f"{beside}/.git/config", "content": "[alias]\n"})
    shell = Call("bash", {"command": f"python3 -c \"open('{beside}/.git/config', 'w')\""})

    async def act(stage: Stage) -> None:
        await stage.ok(f"/add-dir {beside}")
        await stage.prompted("break it")
        assert len(stage.person.questions) == 1, "the edit asks; the command finds it shut"
        assert "Read-only" in str(stage.records(ToolResult)[-1].parts)
        assert (beside / ".git/config").read_text() == "[core]\n"

    played(home, monkeypatch, act, *turns(config, shell), mode="auto")


def test_what_cannot_be_added_is_refused_and_nothing_changes(home: Any, monkeypatch: Any, beside: Path) -> None:
    async def act(stage: Stage) -> None:
        assert "is no folder" in await stage.failed("/add-dir ../nothing")
        assert "is no folder" in await stage.failed(f"/add-dir {beside}/notes.txt")
        assert "is no folder" in await stage.failed("/add-dir ~nobody/x")
        for own in ("state", "state/sessions"):
            assert "belongs to Pegboard itself" in await stage.failed(f"/add-dir {home.folder}/{own}")
        assert (await stage.ok("/add-dir")).splitlines() == [f"works in {home.workspace}"]
        assert kept(stage.session.journal.folder) == ()
        await stage.talk.prompt(Prompted(text="think"))
        said = await stage.talk.command(f"/add-dir {beside}")
        stage.talk.interrupt()
        await stage.talk.idle()
        assert said.failed
        assert "something runs" in said.text

    played(home, monkeypatch, act, Turn(text="thinking " * 100, pace_s=0.2))


def test_a_session_keeps_its_folders_and_no_other_has_them(home: Any, monkeypatch: Any, beside: Path) -> None:
    async def act(stage: Stage) -> None:
        first = stage.session.id
        await stage.ok(f"/add-dir {beside}")
        await stage.prompted("hello")
        assert ("add-dir", str(beside)) in stage.commanded()
        await stage.ok("/clear")
        assert str(beside) in await stage.ok("/add-dir"), "who clears goes on working"
        await stage.prompted("in the new one")
        assert str(beside) in str(stage.server.bodies[-1]["messages"])
        await stage.ok(f"/resume {first}")
        assert str(beside) in await stage.ok("/add-dir")
        await stage.ok("/fork")
        assert str(beside) in await stage.ok("/add-dir")
        await stage.ok("/share all.peg")

    played(home, monkeypatch, act)
    listed = home.peg("session", "list").stdout
    one = str(listed.split()[0])
    assert "hello" in listed.splitlines()[0], "the title is what a person said, not the note of a folder"

    async def resumed(stage: Stage) -> None:
        assert str(beside) in await stage.ok("/add-dir")
        await stage.prompted("read it")
        assert outcomes(stage)[-1] == "ok"

    read = Call("read_file", {"path": f"{beside}/notes.txt"})
    played(home, monkeypatch, resumed, *turns(read), resume=one)
    played(home, monkeypatch, resumed, *turns(read), resume=one, fork_session=True)
    assert home.peg("session", "delete", "-y", one).returncode == 0
    assert home.peg("session", "import", "all.peg").returncode == 0
    assert kept(home.state / "sessions" / one) == (), "a record grants nothing"


def test_a_folder_that_is_another_now_is_not_taken_for_the_one_that_was_added(
    home: Any, monkeypatch: Any, beside: Path
) -> None:
    async def act(stage: Stage) -> None:
        await stage.prompted("hello")
        await stage.ok(f"/add-dir {beside}")

    played(home, monkeypatch, act)
    beside.rename(beside.with_name("moved"))
    beside.symlink_to(home.folder / "home")

    async def resumed(stage: Stage) -> None:
        assert (await stage.ok("/add-dir")).splitlines() == [f"works in {home.workspace}"]

    played(home, monkeypatch, resumed, continue_last=True)
    shown = home.peg("session", "show", home.peg("session", "list").stdout.split()[0]).stdout
    assert "is not the folder that was added any more" in shown


def test_folders_of_the_flag_are_told_to_the_model_and_work_for_every_tool(
    home: Any, monkeypatch: Any, beside: Path
) -> None:
    calls = (
        Call("read_file", {"path": f"{beside}/notes.txt"}),
        Call("bash", {"command": f"touch {beside}/made.txt"}),
    )

    async def act(stage: Stage) -> None:
        assert "--add-dir or permissions.roots" in await stage.ok("/permissions")
        assert "system prompt: folders (you)" in await stage.ok("/context")
        await stage.prompted("work there")
        assert outcomes(stage) == ["ok", "ok"]
        assert str(beside) in str(stage.server.bodies[0]["messages"])

    played(home, monkeypatch, act, *turns(*calls), mode="auto", add_dir=(str(beside),))


def test_commands_see_nothing_of_our_own_places_in_a_folder_that_holds_them(home: Any, monkeypatch: Any) -> None:
    wicked = f"import os; print(os.listdir('{home.state}')); open('{home.config}/config.toml', 'a').write('x')"
    renamed = f"import os; os.rename('{home.config}', '{home.folder}/other')"

    async def act(stage: Stage) -> None:
        await stage.ok(f"/add-dir {home.folder}")
        await stage.prompted("grant yourself everything")
        said = [str(each.parts) for each in stage.records(ToolResult)]
        assert "[]" in said[0]
        assert all("OSError" in each or "Error" in each for each in said), said
        assert home.config.is_dir()
        assert not (home.folder / "other").exists()

    calls = [Call("bash", {"command": f'python3 -c "{code}"'}) for code in (wicked, renamed)]
    played(home, monkeypatch, act, *turns(*calls), mode="auto")
    assert not (home.config / "config.toml").exists()
