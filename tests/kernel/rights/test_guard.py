"""Names that other tools obey are shut while they exist, and put out of effect when a confined command made them."""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.rights.guard import FRESH_NS, MOST_FOLDERS, NAMES, Guard, put_out_of_effect


def test_what_exists_is_found_at_the_top_and_in_repositories_below(tmp_path: Path) -> None:
    for folder in (".git", "sub/deep/.git/hooks", "node_modules/x/.git", "src"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "AGENTS.md").touch()
    (tmp_path / ".envrc").symlink_to("nowhere")
    found = {Path(path).relative_to(tmp_path).as_posix() for path in Guard().existing([str(tmp_path)])}
    assert found == {".git", "sub/deep/.git", "AGENTS.md", ".envrc"}


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made a moment ago counts as old, so that it is remembered."""
    monkeypatch.setattr("time.time_ns", lambda now=time.time_ns: now() + 2 * FRESH_NS)


PARTS = st.sampled_from(["a", "b", ".git", ".GIT", ".vscode", ".github", "agents", "node_modules", "\u00e9"])
WHAT = st.sampled_from(["make", "drop", "move", "file"])
STEPS = st.lists(st.tuples(WHAT, st.lists(PARTS, min_size=1, max_size=4), PARTS))


@given(STEPS)
def test_what_it_remembers_is_what_somebody_who_looks_anew_sees(steps: Any) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time_ns", lambda now=time.time_ns: now() + 2 * FRESH_NS)
        root, guard = Path(name), Guard()
        for number, (what, parts, other) in enumerate(steps):
            place = root.joinpath(*parts)
            with suppress(OSError):
                match what:
                    case "make":
                        place.mkdir(parents=True)
                    case "drop":
                        shutil.rmtree(place)
                    case "move":
                        place.rename(place.with_name(other))
                    case "file":
                        place.touch()
            # As if time had passed, however coarse the clock of this file system is.
            for above in {root, *place.parents} & {root, *root.glob("**/")}:
                os.utime(above, ns=(number, number))
            assert guard.existing([name]) == Guard().existing([name])
            assert guard.top(name) == tuple(path for each in NAMES if os.path.lexists(path := f"{name}/{each}"))


def test_a_folder_is_read_again_only_when_it_changed(tmp_path: Path, later: None, monkeypatch: Any) -> None:
    for number in range(MOST_FOLDERS + 50):
        (tmp_path / f"{number}" / "x").mkdir(parents=True)
    (tmp_path / "7" / ".git").mkdir()
    read: list[str] = []
    monkeypatch.setattr("os.scandir", lambda folder, scan=os.scandir: read.append(folder) or scan(folder))
    guard = Guard()
    first = guard.existing([str(tmp_path)])
    assert str(tmp_path / "7" / ".git") in first
    assert len(read) == MOST_FOLDERS, "and no more, however large the tree"
    read.clear()
    assert guard.existing([str(tmp_path)]) == first
    assert read == []
    (tmp_path / "9" / ".claude").mkdir()
    assert str(tmp_path / "9" / ".claude") in guard.existing([str(tmp_path)])
    assert read == [str(tmp_path / "9")]


def test_what_a_command_made_is_renamed_and_said(tmp_path: Path) -> None:
    for name in (".envrc", "AGENTS.md"):
        (tmp_path / name).write_text("evil")
    (tmp_path / ".git").mkdir()
    made = [path for path in Guard().top(str(tmp_path)) if not path.endswith("AGENTS.md")]
    said = put_out_of_effect(made, "c1")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".envrc.held-c1", ".git.held-c1", "AGENTS.md"]
    assert len(said) == 2
    assert all("which other tools obey" in each for each in said)


def test_what_cannot_be_renamed_is_said(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git.held-c1").mkdir()
    (tmp_path / ".git.held-c1" / "full").touch()
    (said,) = put_out_of_effect([str(tmp_path / ".git")], "c1")
    assert "could not be renamed" in said
