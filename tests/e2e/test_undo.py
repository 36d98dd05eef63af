"""A session whose model edits by files and by bash is undone and redone, in the real program behind its walls."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from needing import absent
from scripted_server import Call, ScriptedServer, Turn
from undo_bench import ENVIRONMENT, snapshot

DRIVER = Path(__file__).parents[1] / "tools" / "undo_driver.py"

SCRIPT = [
    Turn(calls=[Call("read_file", {"path": "a.txt"})]),
    Turn(calls=[Call("edit_file", {"path": "a.txt", "old_str": "hello", "new_str": "changed"})]),
    Turn(calls=[Call("bash", {"command": "mkdir made && touch made/new && rm old.txt && mv b.txt made/b.txt"})]),
    Turn(calls=[Call("bash", {"command": "chmod 700 run.sh && ln -s a.txt link && rm -r gone"})]),
    Turn(calls=[Call("bash", {"command": "git add -A && git commit -q -m two"})]),
    Turn(text="Done."),
]


def prepared(home: Any) -> None:
    script = """
    git init -q && echo hello > a.txt && echo old > old.txt && echo b > b.txt && echo 'echo hi' > run.sh
    mkdir -p gone/deep empty && echo x > gone/deep/x && git add -A && git commit -qm one && git config user.name n
    git config user.email e && echo untracked > u.txt && git stash list
    """
    subprocess.run(["bash", "-ec", script], cwd=home.workspace, env=ENVIRONMENT, check=True, capture_output=True)


def driven(home: Any, commands: list[list[str]], *arguments: str) -> list[dict[str, str]]:
    """What each command of the plugin answered, and the workspace then."""
    done = subprocess.run(
        [sys.executable, str(DRIVER), json.dumps(commands), *arguments],
        cwd=home.workspace, env=home.env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "undo is off" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"said"')]


@pytest.mark.parametrize("owner", [0, 1001])
def test_a_session_by_files_and_by_bash_is_undone_to_the_byte_behind_walls(home: Any, owner: int) -> None:
    if owner and os.geteuid() != 0:
        absent("root, to give files away,")
    prepared(home)
    if owner:
        subprocess.run(["chown", "-R", f"{owner}:{owner}", str(home.workspace)], check=True)
        os.chmod(home.folder, 0o755)
    before = repr(sorted(snapshot(home.workspace).items()))
    rules = ("mkdir *", "touch *", "rm *", "mv *", "chmod *", "ln *", "git add -A", "git commit -q -m two")
    allowed = [word for rule in rules for word in ("--allow", f"bash({rule})")]
    with ScriptedServer(SCRIPT) as server:
        home.model(server.url)
        commands = [["diff", ""], ["undo", ""], ["redo", ""], ["undo", "1"]]
        said = driven(home, commands, "-p", "go", "--mode", "auto", *allowed, "--allow", "Edit(**)")
    changed, undone, redone, again = said
    assert "-hello\n+changed" in changed["said"]
    assert "--- old.txt\n+++ /dev/null" in changed["said"]
    assert "changed .git (" in changed["said"]
    assert changed["tree"] != before
    assert undone["tree"] == before, undone["said"]
    assert redone["tree"] == changed["tree"], redone["said"]
    assert again["tree"] == before, again["said"]
