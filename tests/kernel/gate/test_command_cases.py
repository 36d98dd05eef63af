"""A broad table of commands with what the gate must say of them, judged as `peg policy check` judges a line."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pegboard.cli.checking import check_line
from pegboard.gate.place import Place

CASES = Path(__file__).parent / "cases"
ROWS = [
    json.loads(line)
    for name in ("commands", "shell", "manuals")
    for line in (CASES / f"{name}.jsonl").read_text().splitlines()
]
CLASSES = sorted({row["class"] for row in ROWS})
FILES = [
    "src/app.py",
    "src/lib/mod.py",
    "tests/test_a.py",
    "f.txt",
    "README.md",
    "README.old",
    "a file.txt",
    "big.txt",
    "x.sh",
    "package.json",
    "Makefile",
    "Cargo.toml",
    "go.mod",
    "x.json",
    "x.yml",
    ".env",
]


def make_workspace(top: Path) -> Path:
    workspace = top / "w"
    for name in FILES:
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text("x\n")
    (top / "out").mkdir()
    (top / "out/secret").write_text("s")
    (workspace / "ln_out").symlink_to(top / "out")
    subprocess.run(["git", "init", "-q", workspace], check=True, stdin=subprocess.DEVNULL)
    return workspace


def opened(workspace: Path) -> Place:
    top = workspace.parent
    own = SimpleNamespace(**{kind: top / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    return Place.open(workspace, str(top / "home"), own, program_path="/usr/local/bin:/usr/bin:/bin")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with opened(make_workspace(tmp_path_factory.mktemp("commands"))) as held:
        yield held


def decided(place: Place, row: dict[str, Any], command: str) -> tuple[str, str]:
    deny = row.get("deny", "")
    line = {
        "tool": "bash",
        "arguments": {"command": command},
        "allow": [f"bash({rule.strip()})" for rule in row["rule"].split(" ;; ")],
        "deny": [deny if "(" in deny else f"bash({deny})"] if deny else [],
        "mode": row.get("mode", "ask"),
    }
    answer = check_line(json.dumps(line).encode(), place)
    return answer.decision, answer.reason


@pytest.mark.parametrize("kind", CLASSES)
def test_every_command_of_a_class_is_decided_as_it_must_be(place: Place, kind: str) -> None:
    wrong = [
        (row["must"], answer, command, row["rule"], row.get("why", ""))
        for row in ROWS
        if row["class"] == kind
        for command in row["commands"]
        if (answer := decided(place, row, command))[0] != row["must"]
    ]
    assert wrong == []


def test_no_command_of_the_table_is_allowed_without_a_rule(place: Place) -> None:
    commands = {command for row in ROWS if row["class"] == "benign" for command in row["commands"]}
    bare = {"tool": "bash", "arguments": {}, "mode": "ask"}
    allowed = [
        command
        for command in sorted(commands)
        if check_line(json.dumps({**bare, "arguments": {"command": command}}).encode(), place).decision == "allow"
    ]
    assert allowed == []


def test_mode_full_allows_what_is_not_denied_and_plan_allows_nothing_that_may_write(place: Place) -> None:
    for command in ("touch x", "echo x > y", "git push", "mytool", "npm test"):
        row = {"rule": "*", "mode": "full"}
        assert decided(place, row, command)[0] == "allow", command
        assert decided(place, {**row, "mode": "plan"}, command)[0] == "deny", command
    assert decided(place, {"rule": "git log *", "mode": "plan"}, "git log -1")[0] == "allow"


def test_the_answer_names_the_rule_that_decided_and_what_would_run(place: Place) -> None:
    line = {"tool": "bash", "arguments": {"command": "ls -l | wc -l"}, "allow": ["bash(ls *)", "bash(wc *)"]}
    answer = check_line(json.dumps(line).encode(), place)
    assert (answer.decision, answer.rule) == ("allow", "bash(ls *)")
    assert answer.argv == (("ls", "-l"), ("wc", "-l"))  # type: ignore[union-attr]
