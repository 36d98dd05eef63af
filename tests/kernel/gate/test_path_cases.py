"""Every row about paths in `cases/`: a situation is built, and `peg policy check` must say what the row says."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from needing import absent

from pegboard.cli.checking import check_line
from pegboard.gate.place import Place
from pegboard.places import Places

CASES = Path(__file__).parent / "cases"
ROWS = [
    json.loads(line) for name in ("paths", "more-paths") for line in (CASES / f"{name}.jsonl").read_text().splitlines()
]
TOOLS = {"read": ("read_file", "path"), "write": ("write_file", "path"), "list": ("glob", "path")}


class Situation:
    """A workspace, a home, a folder outside both and the program's own places, below one temporary folder."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.folders = {
            "W": top / "w", "H": top / "h", "O": top / "o", "A": top / "alias", "AGENT_CONFIG": top / "own/config",
            "AGENT_STATE": top / "own/state", "AGENT_STORE": top / "own/data/store", "AGENT_RUNTIME": top / "own/run",
        }  # fmt: skip
        self.own = Places(
            config=top / "own/config", data=top / "own/data", state=top / "own/state", cache=top / "own/cache",
            runtime=top / "own/run", managed=top / "own/policy.toml",
        )  # fmt: skip
        for name, folder in self.folders.items():
            if name != "A":
                folder.mkdir(parents=True)
        for text in ("src/app.py", "README.md", "f.txt", ".git/HEAD", ".git/config"):
            self._file(self.folders["W"] / text, "text")
        self._file(self.folders["O"] / "secret", "secret")
        self._file(top / "secret", "secret")
        self._file(top / "w-evil/x", "secret")
        self.undo = ExitStack()

    def expand(self, text: str) -> str:
        for name in sorted(self.folders, key=len, reverse=True):
            text = text.replace(f"${name}", str(self.folders[name]))
        return text.replace("$B", "w")

    def build(self, step: str) -> None:
        """One line of the mini-language; `race-` lines are left to the race tests."""
        verb, *words = self.expand(step).split(" ")
        getattr(self, f"_do_{verb.replace('-', '_')}")(*words)

    def _file(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _do_file(self, path: str, *text: str) -> None:
        self._file(Path(path), " ".join(text))

    def _do_dir(self, path: str) -> None:
        Path(path).mkdir(parents=True, exist_ok=True)

    def _do_symlink(self, target: str, path: str) -> None:
        Path(path).unlink(missing_ok=True)
        os.symlink(target, path)

    def _do_hardlink(self, existing: str, path: str) -> None:
        os.link(existing, path)

    def _do_fifo(self, path: str) -> None:
        os.mkfifo(path)

    def _do_socket(self, path: str) -> None:
        where = Path(path)
        back = os.open(".", os.O_RDONLY)
        try:
            os.chdir(where.parent)
            self.undo.enter_context(socket.socket(socket.AF_UNIX)).bind(where.name)
        finally:
            os.fchdir(back)
            os.close(back)

    def _do_sparse(self, path: str, size: str) -> None:
        with Path(path).open("wb") as file:
            file.truncate(int(size))

    def _do_rename(self, old: str, new: str) -> None:
        os.rename(old, new)

    def _do_bindmount(self, source: str, path: str) -> None:
        Path(path).mkdir()
        if shutil.which("mount") is None or subprocess.run(["mount", "--bind", source, path], check=False).returncode:
            absent("the right to mount")
        self.undo.callback(subprocess.run, ["umount", "-l", path], check=True)


def judged(row: dict[str, Any], situation: Situation) -> Any:
    """The answer of `peg policy check` in the situation of the row."""
    for step in row["setup"]:
        if not step.startswith("race-"):
            situation.build(step)
    tool, parameter = TOOLS[row["op"]]
    grants = row.get("grants", ["read_file(**)", "write_file(**)"])
    grants += [row["allow_rule"]] if "allow_rule" in row else []
    line = {
        "id": row["id"],
        "tool": tool,
        "arguments": {parameter: situation.expand(row["path"])},
        "allow": [situation.expand(rule) for rule in grants],
        "deny": [situation.expand(row["deny_rule"])] if "deny_rule" in row else [],
        "mode": row.get("mode", "ask"),
    }
    with Place.open(situation.folders["W"], str(situation.folders["H"]), situation.own) as place:
        return check_line(json.dumps(line).encode(), place)


@pytest.fixture
def situation(tmp_path: Path) -> Iterator[Situation]:
    built = Situation(tmp_path)
    with built.undo:
        yield built


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_a_path_is_judged_as_its_row_says(row: dict[str, Any], situation: Situation) -> None:
    answer = judged(row, situation)
    assert answer.decision == row["must"], f"{row['path']!r} ({row['why']}): {answer.reason}"


def test_checking_creates_and_changes_nothing(situation: Situation) -> None:
    def state() -> dict[str, tuple[int, int]]:
        found = (path for path in situation.top.rglob("*"))
        return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_ino) for path in found}

    before = state()
    for row in ROWS:
        if not row["setup"]:
            judged(row, situation)
    assert state() == before
