"""Undo of what commands wrote: what comes back, what is left alone, what is said."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pegboard_sdk import Pipeline, Plan, Step
from pegboard_shell.attic import MAX_FILE_BYTES
from pegboard_shell.survey import LEFT_OUT
from pegboard_shell.undo import MAX_COMMANDS, Undo

SCRIPT = Plan(script="anything")


class Commands:
    """A workspace, and functions that stand for commands in it."""

    def __init__(self, workspace: Path, store: Path, **limits: int) -> None:
        workspace.mkdir()
        store.mkdir()
        self.workspace = workspace
        self.undo = Undo(str(store), **limits)
        self.said: list[str] = []

    def run(self, command: Callable[[Path], object], *, plan: Plan = SCRIPT, session: str = "s") -> None:
        root = os.open(self.workspace, os.O_RDONLY)
        try:
            with self.undo.watching(session, "the command", plan, root, self.said.append):
                command(self.workspace)
        finally:
            os.close(root)

    def state(self) -> dict[str, object]:
        return state_of(self.workspace)


def state_of(folder: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_dir():
            found[name] = oct(path.stat().st_mode)
        else:
            found[name] = (path.read_bytes(), oct(path.stat().st_mode))
    return found


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    commands = Commands(tmp_path / "workspace", tmp_path / "store")
    yield commands
    commands.undo.close()


def fill(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"a\r\n\xff")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "sub" / "b.txt").write_text("b")
    (folder / "sub" / "deep" / "c.txt").write_text("")
    (folder / "link").symlink_to("a.txt")
    (folder / "sub").chmod(0o750)


def rewrite(folder: Path) -> None:
    (folder / "a.txt").write_text("other")
    (folder / "sub" / "new").mkdir()
    (folder / "sub" / "new" / "n.txt").write_text("new")


CHANGES: dict[str, Callable[[Path], object]] = {
    "written": rewrite,
    "rewritten in place": lambda folder: (folder / "a.txt").write_bytes(b"a\n\xff"),
    "deleted": lambda folder: (folder / "a.txt").unlink(),
    "everything deleted": lambda folder: [
        shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink() for each in folder.iterdir()
    ],
    "moved": lambda folder: (folder / "sub").rename(folder / "moved"),
    "mode": lambda folder: (folder / "run.sh").chmod(0o600),
    "mode of a folder": lambda folder: (folder / "sub").chmod(0o700),
    "link": lambda folder: ((folder / "link").unlink(), (folder / "link").symlink_to("run.sh")),
    "link becomes file": lambda folder: ((folder / "link").unlink(), (folder / "link").write_text("x")),
    "file becomes folder": lambda folder: (
        (folder / "a.txt").unlink(),
        (folder / "a.txt").mkdir(),
        (folder / "a.txt" / "x").write_text("x"),
    ),
    "folder becomes file": lambda folder: (shutil.rmtree(folder / "sub"), (folder / "sub").write_text("x")),
    "folder becomes link": lambda folder: (shutil.rmtree(folder / "sub"), (folder / "sub").symlink_to("/etc")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_undo_leaves_the_workspace_as_it_was(commands: Commands, change: Callable[[Path], object]) -> None:
    fill(commands.workspace)
    before = commands.state()
    commands.run(change)
    assert commands.state() != before
    words = commands.undo.undo("s")
    assert words is not None
    assert "not restored" not in words
    assert commands.state() == before
    assert commands.undo.undo("s") is None
    assert not any(commands.said)


NAMES = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a"])
ACTIONS = st.tuples(NAMES, st.sampled_from(["write", "delete", "mode"]), st.binary(max_size=3))


def act(folder: Path, name: str, kind: str, content: bytes) -> None:
    path = folder / name
    if kind == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    elif kind == "delete" and path.exists():
        path.unlink()
    elif kind == "mode" and path.exists():
        path.chmod(0o640)


def test_commands_are_undone_one_by_one_back_to_the_beginning(tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(deadline=None)
    @given(st.lists(st.lists(ACTIONS, max_size=4), max_size=5))
    def check(runs: list[list[tuple[str, str, bytes]]]) -> None:
        top = tmp_path_factory.mktemp("undo")
        commands = Commands(top / "workspace", top / "store")
        states = [commands.state()]
        for actions in runs:
            commands.run(lambda folder, actions=actions: [act(folder, *each) for each in actions])
            if commands.state() != states[-1]:
                states.append(commands.state())
        while len(states) > 1:
            assert commands.state() == states.pop()
            assert commands.undo.undo("s") is not None
        assert commands.state() == states[0]
        assert commands.undo.undo("s") is None
        commands.undo.close()

    check()


def test_a_command_that_fails_is_remembered_too(commands: Commands) -> None:
    def fail(folder: Path) -> None:
        (folder / "a").write_text("a")
        raise InterruptedError

    with pytest.raises(InterruptedError):
        commands.run(fail)
    assert commands.undo.undo("s") is not None
    assert commands.state() == {}


def test_what_was_changed_again_since_is_left_alone(commands: Commands) -> None:
    fill(commands.workspace)
    commands.run(rewrite)
    (commands.workspace / "a.txt").write_text("the user's own work")
    words = commands.undo.undo("s")
    assert words is not None
    assert "not restored: a.txt: changed again since" in words
    assert (commands.workspace / "a.txt").read_text() == "the user's own work"
    assert not (commands.workspace / "sub" / "new").exists()


def test_a_new_folder_that_was_filled_since_is_left_alone(commands: Commands) -> None:
    commands.run(lambda folder: (folder / "new").mkdir())
    (commands.workspace / "new" / "mine").write_text("mine")
    words = commands.undo.undo("s")
    assert words is not None
    assert "not restored: new: Directory not empty" in words
    assert (commands.workspace / "new" / "mine").exists()


def test_a_file_that_was_only_touched_is_no_change(commands: Commands) -> None:
    fill(commands.workspace)
    commands.run(lambda folder: os.utime(folder / "a.txt"))
    assert commands.undo.undo("s") is None


def test_a_change_within_one_tick_of_the_clock_is_seen(commands: Commands) -> None:
    path = commands.workspace / "a"
    for content in ("1", "2", "3", "4"):
        commands.run(lambda _folder, content=content: path.write_text(content))
    for content in ("3", "2", "1"):
        commands.undo.undo("s")
        assert path.read_text() == content


def test_what_is_too_large_to_copy_is_said_when_it_is_lost(commands: Commands) -> None:
    path = commands.workspace / "large"
    path.write_bytes(bytes(MAX_FILE_BYTES + 1))
    commands.run(lambda _folder: path.unlink())
    assert commands.said == ["undo cannot restore large"]
    assert "not restored: large: no copy was kept" in (commands.undo.undo("s") or "")


def test_a_path_that_became_a_link_is_not_followed(commands: Commands, tmp_path: Path) -> None:
    fill(commands.workspace)
    commands.run(lambda folder: (folder / "sub" / "b.txt").write_text("changed"))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("changed")
    (commands.workspace / "sub").rename(commands.workspace / "elsewhere")
    (commands.workspace / "sub").symlink_to(outside)
    assert "not restored: sub/b.txt" in (commands.undo.undo("s") or "")
    assert (outside / "b.txt").read_text() == "changed"


@pytest.mark.parametrize("name", sorted(LEFT_OUT)[:3])
def test_what_tools_generate_is_left_out(commands: Commands, name: str) -> None:
    (commands.workspace / name).mkdir()
    commands.run(lambda folder: (folder / name / "x").write_text("x"))
    assert commands.undo.undo("s") is None


def test_a_workspace_that_is_too_large_is_not_watched(tmp_path: Path) -> None:
    commands = Commands(tmp_path / "large", tmp_path / "other", max_entries=3)
    commands.run(fill)
    commands.run(rewrite)
    assert commands.said == ["undo is off here: more than 3 files"]
    assert commands.undo.undo("s") is None
    commands.undo.close()


def test_programs_that_only_read_cost_no_look(commands: Commands) -> None:
    steps = (Step(argv=("cat", "a"), program="/usr/bin/cat"), Step(argv=("wc",), program="/usr/bin/wc"))
    commands.run(rewrite_one, plan=Plan(pipelines=(Pipeline(steps=steps),)))
    assert commands.undo.undo("s") is None


def rewrite_one(folder: Path) -> None:
    (folder / "x").write_text("x")


def test_sessions_have_each_their_own(commands: Commands) -> None:
    commands.run(rewrite_one, session="one")
    assert commands.undo.undo("two") is None
    assert commands.undo.undo("one") is not None


def test_only_the_last_commands_are_remembered(commands: Commands) -> None:
    for number in range(MAX_COMMANDS + 5):
        commands.run(lambda folder, number=number: (folder / str(number)).write_text("x"))
    undone = 0
    while commands.undo.undo("s") is not None:
        undone += 1
    assert undone == MAX_COMMANDS
    assert len(commands.state()) == 5
