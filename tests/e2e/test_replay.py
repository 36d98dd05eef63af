"""`peg replay`: the demo's session as a regression test, played before a person, compared, forked and recorded."""

import json
import sys
from copy import copy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typist import Typist

import pegboard_sdk
from pegboard.demo import PROMPT, TEST_COMMAND, recorded_turns, sample_files
from pegboard_sdk import Message, Role, Text, ToolCall

RIGHTS = ("--mode", "edit", "--allow", f"bash({' '.join(TEST_COMMAND)})")

MANIFEST = """
schema = 1
id = "finder"
version = "{version}"
[run]
argv = [{python}, "-B", "{{package}}/serve.py"]
[capabilities]
read = {libraries}
[[tool]]
name = "glob"
description = "Finds files."
effects = ["read"]
family = "search"
input = "pattern.json"
[[tool]]
name = "grep"
description = "Finds lines."
effects = ["read"]
family = "search"
input = "pattern.json"
"""
SCHEMA = {
    "type": "object",
    "properties": {"pattern": {"type": "string"}},
    "required": ["pattern"],
    "additionalProperties": False,
}
CODE = '''
"""Finds."""
import sys

sys.path[:0] = {libraries}
from pegboard_sdk import Plugin

plugin = Plugin("finder")


@plugin.tool(effect="read", family="search")
def glob(pattern: str) -> str:
    """Finds files."""
    return "loans/fines.py\\nloans/reminders.py"


@plugin.tool(effect="read", family="search")
def grep(pattern: str) -> str:
    """Finds lines."""
    return {grep!r}


plugin.run()
'''


def finder(home: Any, version: str, grep: str, *, below: str = "data/plugins") -> Path:
    """A directory plugin in the place of `search`, which the user's configuration leaves out."""
    folder: Path = home.folder / below / "finder"
    folder.mkdir(parents=True, exist_ok=True)
    libraries = json.dumps([str(Path(module.__file__ or "").parents[1]) for module in (pegboard_sdk, msgspec)])
    words = {"version": version, "python": json.dumps(sys.executable), "libraries": libraries}
    (folder / "pegboard.toml").write_text(MANIFEST.format(**words))
    (folder / "pattern.json").write_text(json.dumps(SCHEMA))
    (folder / "serve.py").write_text(CODE.replace("{grep!r}", repr(grep)).replace("{libraries}", libraries))
    home.config.mkdir(exist_ok=True)
    (home.config / "config.toml").write_text('[plugins]\ndisabled = ["search"]\n')
    return folder


def laid_out(folder: Path) -> Path:
    for name, data in sample_files().items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def turns() -> str:
    return msgspec.json.encode(recorded_turns()).decode()


def demonstrated(home: Any) -> str:
    """The demo's session, held in the workspace of this machine; its id."""
    laid_out(home.workspace)
    done = home.peg("-p", PROMPT, "-m", "replay/demo", *RIGHTS, "--set", f"plugin.replay.turns={turns()}")
    assert done.returncode == 0, done.stderr
    assert "All 8 tests pass" in done.stdout
    return sessions_of(home)[-1]


def sessions_of(home: Any) -> list[str]:
    return sorted(each.name for each in (home.state / "sessions").iterdir())


@pytest.fixture(scope="module")
def stage(machines: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A machine with the demo's session, which no test changes: `stage.demo` is its id."""
    made = machines(tmp_path_factory.mktemp("stage"), tmp_path_factory.getbasetemp() / "cache")
    made.demo = demonstrated(made)
    return made


def test_a_session_is_checked_in_a_copy_of_its_workspace_as_it_was_at_the_start(stage: Any) -> None:
    before = {path: path.read_bytes() for path in stage.workspace.rglob("*.py")}
    kept = sessions_of(stage)
    done = stage.peg("replay", "--check", stage.demo[:12], *RIGHTS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"session {stage.demo}: 10 calls in 7 turns are as recorded\n"
    assert {path: path.read_bytes() for path in stage.workspace.rglob("*.py")} == before
    assert sessions_of(stage) == kept, "a check keeps no session"


def test_a_tool_that_behaves_otherwise_in_its_next_version_fails_the_check_by_name(home: Any, tmp_path: Path) -> None:
    finder(home, "1.0", "loans/fines.py:6:GRACE_DAYS = 3")
    demonstrated(home)
    journal = tmp_path / "journal.jsonl"
    assert home.peg("session", "export", "-o", str(journal)).returncode == 0
    begin = str(laid_out(tmp_path / "begin"))
    same = home.peg("replay", "check", str(journal), "--files", begin, *RIGHTS)
    assert (same.returncode, same.stdout) == (0, f"{journal}: 10 calls in 7 turns are as recorded\n"), same.stderr

    lines = "loans/fines.py:6: GRACE_DAYS = 3\nloans/fines.py:19: late < GRACE_DAYS"
    another = finder(home, "2.0", lines, below="tried")
    tried = home.peg("replay", "check", str(journal), "--files", begin, *RIGHTS, "--plugin", f"finder={another}")
    finder(home, "2.0", lines)
    other = home.peg("replay", "check", str(journal), "--files", begin, *RIGHTS)
    assert (tried.returncode, tried.stdout) == (1, other.stdout), tried.stderr
    assert other.returncode == 1, other.stderr
    assert other.stdout.splitlines() == [
        f"{journal}: turn 2, call 4 (grep): content differs",
        "  recorded:  loans/fines.py:6:GRACE_DAYS = 3",
        "  now:       loans/fines.py:6: GRACE_DAYS = 3 ⏎ loans/fines.py:19: late < GRACE_DAYS",
        "  --- recorded",
        "  +++ now",
        "  @@ -1 +1,2 @@",
        "  -loans/fines.py:6:GRACE_DAYS = 3",
        "  \\ No newline at end of file",
        "  +loans/fines.py:6: GRACE_DAYS = 3",
        "  +loans/fines.py:19: late < GRACE_DAYS",
        "  \\ No newline at end of file",
        "1 of 10 calls differ; this is the first",
    ]


def test_for_scripts_it_is_one_object_a_line_and_a_refusal_says_what_would_let_it_pass(stage: Any) -> None:
    done = stage.peg("replay", "check", stage.demo, "--mode", "edit", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["same"], found["compared"], found["turns"]) == (1, False, 10, 7)
    first = found["first"]
    assert (first["turn"], first["call"], first["tool"], first["what"]) == (1, "2", "bash", "decision")
    assert "--allow 'bash(python3 -m unittest)' would allow it" in first["now"]
    assert first == found["differences"][0]
    assert found["notes"] == [], "undo knows what the commands did"


def test_what_cannot_be_played_is_a_usage_error_that_names_it(stage: Any) -> None:
    whole = (stage.state / "sessions" / stage.demo / "journal.jsonl").read_bytes()
    (stage.folder / "torn.jsonl").write_bytes(whole[:-20])
    for named, said in (
        (str(stage.folder / "torn.jsonl"), "torn.jsonl is torn: its last line has no end; export it again"),
        ("20200101", "no file and no session is called '20200101'"),
    ):
        done = stage.peg("replay", "check", stage.demo, named)
        assert (done.returncode, done.stdout) == (2, ""), "nothing is played when one of them cannot be"
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_what_is_played_is_seen_as_in_a_normal_run_and_step_by_step_with_what_comes_next(stage: Any) -> None:
    done = stage.peg("replay", "play", stage.demo, "--pace", "0", "--step", *RIGHTS, stdin="\n" * 7)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"> {PROMPT}\nnext: glob")
    assert done.stdout.count("next: ") == 7
    assert 'next: read_file {"path": "README.md"}; read_file' in done.stdout
    for said in ("I'll look at what is here", "✓ Edited loans/fines.py at line 19: +1 -1.", "All 8 tests pass."):
        assert said in done.stdout


def test_without_the_plugins_nothing_can_be_checked_and_the_record_alone_is_shown(stage: Any, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[plugins]\ndisabled = ["replay", "shell", "files", "search"]\n')
    bare = copy(stage)
    bare.env = {**stage.env, "PEGBOARD_CONFIG_DIR": str(tmp_path)}
    checked = bare.peg("replay", "check", stage.demo)
    assert (checked.returncode, checked.stdout) == (2, ""), "1 is for what differs"
    assert "no provider `replay`" in checked.stderr
    done = bare.peg("replay", "play", stage.demo, "--tools", "recorded", "--pace", "0")
    assert done.returncode == 0, done.stderr
    for said in (f"> {PROMPT}", "● glob **/*.py", "✓ Edited loans/fines.py at line 19: +1 -1.", "All 8 tests pass."):
        assert said in done.stdout


def test_a_person_is_asked_as_in_any_run_and_leaves_between_two_turns(stage: Any) -> None:
    argv = ["replay", "play", stage.demo, "--mode", "edit", "--step", "--pace", "0"]
    with Typist(argv, cwd=stage.workspace, env=stage.env, columns=100) as typist:
        typist.see("Enter goes on")
        typist.type("\n")
        typist.see("answer:")
        typist.type("yes\n")
        typist.see("next: read_file")
        typist.type("\x04")
        assert typist.process.wait(60) == 130


def test_who_leaves_sees_no_more_of_the_record(stage: Any) -> None:
    words = ("--step", "--tools", "recorded", "--pace", "0")
    left = stage.peg("replay", "play", stage.demo, *words, stdin="\n")
    assert left.returncode == 130
    assert left.stdout.count("next: ") == 2
    assert "● read_file" not in left.stdout


TOUCHING = (
    ToolCall(call="1", tool="glob", arguments='{"pattern": "*"}'),
    ToolCall(call="2", tool="bash", arguments='{"command": "touch made.txt"}'),
)


def said(*texts: str) -> str:
    """The recording of a model that looks around, makes a file by a command, and says these."""
    turns = [
        Message(role=Role.ASSISTANT, parts=TOUCHING),
        *(Message(role=Role.ASSISTANT, parts=(Text(text=text),)) for text in texts),
    ]
    return f"plugin.replay.turns={msgspec.json.encode(turns).decode()}"


TOUCH = ("--mode", "edit", "--allow", "bash(touch *)")


def test_a_prompt_is_asked_again_of_another_model_and_the_answers_are_compared(home: Any) -> None:
    home.env["TMPDIR"] = str(home.folder)
    for prompt, more in (("first", ()), ("second", ("-c",))):
        done = home.peg(*more, "-p", prompt, "-m", "replay/x", "--set", said("one", "two"), *TOUCH)
        assert done.returncode == 0, done.stderr
    (session,) = sessions_of(home)
    assert (home.workspace / "made.txt").exists()
    checked = home.peg("replay", "check", session, *TOUCH)
    assert checked.stdout == f"session {session}: 2 calls in 3 turns are as recorded\n", "what a command made is gone"

    words = ("--at", "1", "-m", "replay/y", "--set", said("one", "another"), "--json")
    done = home.peg("replay", "fork", session, *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    parted = found["parted"]
    assert (parted["turn"], parted["what"], parted["recorded"], parted["now"]) == (3, "answer", "two", "another")
    (fork,) = set(sessions_of(home)) - {session}
    assert "the fork works in " + str(home.folder) in done.stderr
    journal = (home.state / "sessions" / fork / "journal.jsonl").read_text()
    assert [text for text in ("first", "one", "second", "two", "another") if f'"text":"{text}"' in journal] == [
        "first", "one", "second", "another",
    ]  # fmt: skip

    compared = home.peg("replay", "compare", session, fork)
    assert compared.returncode == 1
    assert compared.stdout.startswith("they part at turn 3: answer differs\n  one:       two\n  other:     another\n")


def test_a_recording_is_checked_anywhere_and_holds_no_secret(stage: Any, tmp_path: Path) -> None:
    secret, file = "sk-ant-" + "api03-" + "x7Kq" * 12, tmp_path / "demo.jsonl"
    begin = laid_out(tmp_path / "begin")
    (begin / "notes.txt").write_text(f"key {secret}\n")
    (begin / ".env").write_text("TOKEN=abc\n")
    done = stage.peg("replay", "record", stage.demo, "-o", str(file), "--files", str(begin))
    assert done.returncode == 0, done.stderr
    assert "not in it: .env: it may hold credentials" in done.stderr
    assert "not in it: notes.txt: secrets in it were replaced" in done.stderr
    assert secret not in file.read_text()
    assert stage.peg("replay", "record", stage.demo, "-o", str(file)).returncode == 1, "nothing is overwritten"
    (tmp_path / "elsewhere").mkdir()
    done = stage.peg("replay", "check", str(file), *RIGHTS, cwd=tmp_path / "elsewhere")
    assert (done.returncode, done.stdout) == (0, f"{file}: 10 calls in 7 turns are as recorded\n"), done.stderr
