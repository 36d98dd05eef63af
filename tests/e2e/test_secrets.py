"""A thousand planted secrets, encoded and in pieces, go through real tools: none is in the journal, the blobs, the
model's requests, on the screen or in any file that the program writes; and an edit around a secret still works."""

import json
import random
import re
from pathlib import Path

import planting
import pytest
from scripted_server import ScriptedServer
from scripted_turn import Call, Turn

from pegboard.secrets.spelling import spellings

FILES = 20
PER_FILE = 25
MARK = re.compile(r"⟦secret:\d+⟧")


def planted(rng: random.Random, folder: Path) -> tuple[list[str], list[str]]:
    """Files with secrets among code; those that look like what they are, and those that the environment knows."""
    looks: list[str] = []
    known: list[str] = []
    for number in range(FILES):
        lines = ["import os", "token = get_token_now()"]
        for _ in range(PER_FILE):
            maker, token = rng.choice(sorted(planting.tokens(rng).items()))
            looks += token.splitlines()[1:-1] if "PRIVATE KEY" in token else [token]
            lines += [f"{maker.replace(' ', '_')} = '''{token}'''", f"x = {rng.random()}"]
            value = planting.chosen(rng, planting.LETTERS + "/+-_", rng.choice((10, 16, 40)))
            known.append(value)
            lines += ["# " + planting.encoded(rng, value)]
        (folder / f"part{number}.txt").write_text("\n".join(lines) + "\n")
    return looks, known


def everything(folder: Path) -> bytes:
    """All bytes of all files, and their names, but for the copies that undo keeps: those are files as they were, for
    nobody but their owner."""
    files = [path for path in folder.rglob("*") if path.is_file() and "undo" not in path.parts]
    return b"\0".join(str(path).encode() + b"\0" + path.read_bytes() for path in files)


@pytest.mark.parametrize("way", ["read_file", "grep", "bash"])
def test_no_planted_secret_is_anywhere_but_in_the_files_that_hold_it(home, way: str):
    rng = random.Random(f"secrets by {way}")
    looks, known = planted(rng, home.workspace)
    assert len(looks) + len(known) >= 1000
    home.env |= {f"PLANTED_{number}_TOKEN": value for number, value in enumerate(known)}
    ways = {
        "read_file": lambda number: Call("read_file", {"path": f"part{number}.txt"}),
        "grep": lambda number: Call("grep", {"pattern": ".", "path": f"part{number}.txt", "limit": 1000}),
        "bash": lambda number: Call("bash", {"command": f"cat part{number}.txt"}),
    }
    script = [*(Turn(calls=[ways[way](number)]) for number in range(FILES)), Turn(text="done")]
    with ScriptedServer(script, strict=False) as model:
        home.model(model.url)
        rules = [word for tool in ("read_file", "grep", "bash(cat *)") for word in ("--allow", tool)]
        done = home.peg("-p", "go", "--output-format", "stream-json", *rules, timeout=240)
        assert done.returncode == 0, done.stderr[-2000:]
        sent = json.dumps([seen.body for seen in model.seen], ensure_ascii=False).encode()
    shown = done.stdout.encode() + done.stderr.encode()
    kept = everything(home.folder / "state") + everything(home.folder / "data") + everything(home.folder / "runtime")
    assert sent.count("⟦secret:".encode()) > 500
    for where, text in (("sent", sent), ("shown", shown), ("kept", kept)):
        assert b"get_token_now()" in text
        # Files were read in pages and lines: what is looked for is looked for without what lies between.
        folded = b"".join(text.replace(b"\\n", b"").replace(b"\\\\n", b"").split())
        leaked = [secret for secret in looks if secret.encode() in folded]
        leaked += [value for value in known for spelling in spellings(value) if spelling in folded]
        assert leaked == [], where


def test_an_edit_around_a_secret_changes_what_it_should_and_shows_nothing(home):
    token = planting.tokens(random.Random(7))["github"]
    file = home.workspace / "settings.py"
    file.write_text(f"DEBUG = 0\nTOKEN = '{token}'\nNAME = 'a'\n")
    mark = "⟦secret:1⟧"
    script = [
        Turn(calls=[Call("read_file", {"path": "settings.py"})]),
        Turn(
            calls=[Call("edit_file", {"path": "settings.py", "old_str": f"TOKEN = '{mark}'\nNAME", "new_str": "NAME"})]
        ),
        Turn(calls=[Call("write_file", {"path": "settings.py", "content": f"TOKEN = '{mark}'\n"})]),
        Turn(text="done"),
    ]
    with ScriptedServer(script) as model:
        home.model(model.url)
        done = home.peg("-p", "go", "--output-format", "stream-json", "--allow", "Edit", "--allow", "Read")
        assert done.returncode == 0, done.stderr
        sent = json.dumps([seen.body for seen in model.seen], ensure_ascii=False)
    assert file.read_text() == "DEBUG = 0\nNAME = 'a'\n"
    assert mark in sent
    assert "stands for a secret" in sent
    kept = everything(home.folder / "state")
    assert token not in sent + done.stdout + done.stderr
    assert token.encode() not in kept


def test_after_a_resume_a_mark_stands_for_nothing_until_the_file_is_read_again(home):
    token = planting.tokens(random.Random(8))["github"]
    (home.workspace / "a.py").write_text(f"TOKEN = '{token}'\n")
    read = Turn(calls=[Call("read_file", {"path": "a.py"})])
    edit = Turn(calls=[Call("edit_file", {"path": "a.py", "old_str": "'⟦secret:1⟧'", "new_str": "load()"})])
    with ScriptedServer([read, Turn(text="seen"), edit, read, edit, Turn(text="done")]) as model:
        home.model(model.url)
        assert home.peg("-p", "look").returncode == 0
        assert home.peg("-c", "-p", "edit", "--allow", "Edit").returncode == 0
        sent = json.dumps(model.seen[-1].body, ensure_ascii=False)
    assert "⟦secret:1⟧ is from before and stands for nothing now; read the file again" in sent
    assert (home.workspace / "a.py").read_text() == "TOKEN = load()\n"
