"""The commands that look, call and change, with their outputs and statuses."""

import json
import os
import re
from typing import Any

import pytest
from scripted_server import Call, ScriptedServer, Turn


@pytest.fixture
def held(home: Any) -> str:
    """The id of a session with a call in it."""
    (home.workspace / "a.txt").write_text("hello\n")
    with ScriptedServer(
        [Turn(calls=[Call("read_file", {"path": "a.txt"})]), Turn(text="It says\x1b[2J hello.")]
    ) as server:
        home.model(server.url)
        done = home.peg("-p", "what does a.txt say?", "--output-format", "json")
    return str(json.loads(done.stdout)["session_id"])


def test_sessions_are_listed_shown_exported_and_verified(home: Any, held: str) -> None:
    (line,) = home.peg("session", "list").stdout.splitlines()
    assert re.fullmatch(rf"{held}  \d{{4}}-\d\d-\d\d \d\d:\d\d  done +2 turns  what does a\.txt say\?", line)
    elsewhere = home.peg("session", "list", cwd=home.folder)
    assert elsewhere.stdout == ""
    assert "--all" in elsewhere.stderr
    assert held in home.peg("session", "list", "--all", cwd=home.folder).stdout
    shown = home.peg("session", "show", held[:18]).stdout
    assert "> what does a.txt say?" in shown
    assert "● read_file a.txt" in shown
    assert "It says\\u001b[2J hello." in shown
    exported = home.peg("session", "export", held).stdout
    assert exported == (home.state / "sessions" / held / "journal.jsonl").read_text()
    verified = home.peg("session", "verify")
    assert verified.returncode == 0
    assert verified.stdout.startswith(f"{held}: ")


def test_a_changed_journal_is_found(home: Any, held: str) -> None:
    journal = home.state / "sessions" / held / "journal.jsonl"
    journal.write_text(journal.read_text().replace("a.txt", "b.txt", 1))
    done = home.peg("session", "verify", held)
    assert done.returncode == 1
    assert "broken" in done.stdout
    for command in ("show", "export"):
        done = home.peg("session", command, held)
        assert done.returncode == 1
        assert "damaged" in done.stderr
        assert "Traceback" not in done.stderr


def test_sessions_of_nobody(home: Any) -> None:
    assert home.peg("session", "list", "--all").stderr == "no sessions\n"
    assert home.peg("session", "verify").returncode == 2
    assert not home.state.exists(), "looking creates nothing"


def test_plugins_are_listed_and_shown_without_being_started(home: Any) -> None:
    listed = home.peg("plugin", "list")
    assert re.search(r"^files +0\.1\.0 .*\[6 tools\]", listed.stdout, re.MULTILINE)
    assert re.search(r"^openai .*\[1 model, 1 command\]", listed.stdout, re.MULTILINE)
    assert listed.stderr == ""
    shown = home.peg("plugin", "show", "shell").stdout
    assert "tool bash (exec)" in shown
    done = home.peg("plugin", "show", "nope")
    assert (done.returncode, done.stderr) == (1, "peg: no plugin `nope` is installed\n")


def test_a_broken_plugin_is_named_and_hides_no_other(home: Any) -> None:
    folder = home.folder / "data" / "plugins" / "wrong"
    folder.mkdir(parents=True)
    (folder / "pegboard.toml").write_text('schema = 1\nid = "wrong"\n')
    done = home.peg("plugin", "list")
    assert "files" in done.stdout
    assert "wrong" in done.stderr
    assert home.peg("plugin", "show", "wrong").returncode == 7
    assert home.peg("doctor").returncode == 1


def test_tools_are_listed_with_owner_effects_and_price(home: Any) -> None:
    done = home.peg("tool", "list")
    assert re.search(r"^bash +shell +exec +\d+ tokens  ", done.stdout, re.MULTILINE)
    assert re.fullmatch(r"\d+ tools, about \d+ tokens in each session\n", done.stderr)


@pytest.mark.parametrize(
    ("arguments", "status", "out", "err"),
    [
        (("read_file", '{"path": "a.txt"}'), 0, "hello", ""),
        (("read_file", '{"path": "none"}'), 1, "", "none does not exist"),
        (("read_file", '{"pth": "a"}'), 1, "", "did you mean 'path'"),
        (("read_file", "[]"), 1, "", "not a JSON object"),
        (("raed_file", "{}"), 1, "", "did you mean read_file"),
        (("bash", '{"command": "touch x"}'), 3, "", "--allow 'bash(touch x)' would allow it"),
        (("bash", '{"command": "echo hi"}', "--allow", "bash(echo *)"), 0, "hi", ""),
        (("bash", '{"command": "echo hi"}', "--mode", "full", "--deny", "bash"), 3, "", "Denied"),
        (("bash", '{"command": "exit 3"}', "--mode", "full"), 0, "exit 3", ""),
        (("ask_user", '{"question": "which?"}'), 1, "", "nobody is there to ask"),
    ],
    ids=str,
)
def test_one_tool_is_called_through_the_gate(
    home: Any, arguments: tuple[str, ...], status: int, out: str, err: str
) -> None:
    (home.workspace / "a.txt").write_text("hello\n")
    done = home.peg("tool", "call", *arguments)
    assert done.returncode == status, done.stderr
    assert out in done.stdout
    assert (out != "") == (done.stdout != "")
    assert err in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home.state / "sessions").exists()


def test_the_gate_explains_itself(home: Any) -> None:
    done = home.peg("policy", "explain", "bash", '{"command": "git push && ls"}', "--deny", "bash(git push)")
    assert done.returncode == 0
    assert done.stdout.startswith("deny: ")
    assert 'runs ["git", "push"]' in done.stdout
    asked = home.peg("policy", "explain", "bash", '{"command": "git push"}').stdout
    assert "would be allowed by --allow 'bash(git push)'" in asked
    done = home.peg("policy", "explain", "nope", "{}")
    assert done.returncode == 1
    assert "known: " in done.stderr
    assert list(home.workspace.iterdir()) == []


LINES = [
    {"id": "1", "tool": "bash", "arguments": {"command": "ls"}},
    {"id": "2", "tool": "bash", "arguments": {"command": "ls"}, "allow": ["bash(ls)"]},
    {"id": "3", "tool": "bash", "arguments": {"command": "ls"}, "allow": ["bash(*)"], "deny": ["bash(ls)"]},
    {"id": "4", "tool": "write_file", "arguments": {"path": "a", "content": ""}, "mode": "edit"},
    {
        "id": "5",
        "tool": "web_fetch",
        "arguments": {"url": "https://a.example.org/"},
        "allow": ["web_fetch(domain:example.org)"],
    },
]


def test_a_list_of_calls_is_judged_line_by_line(home: Any) -> None:
    text = "".join(json.dumps(line) + "\n" for line in LINES)
    done = home.peg("policy", "check", "-", stdin=text)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(answer["id"], answer["decision"]) for answer in answers] == [
        ("1", "ask"),
        ("2", "allow"),
        ("3", "deny"),
        ("4", "allow"),
        ("5", "allow"),
    ]
    assert all(set(answer) == {"id", "decision", "rule", "reason", "effects", "argv"} for answer in answers)
    assert answers[1]["argv"] == [["ls"]]
    assert list(home.workspace.iterdir()) == []


def test_a_line_that_cannot_be_judged_is_denied_and_makes_the_status_2(home: Any) -> None:
    lines = ["no json", json.dumps({"id": "x", "tool": "nope", "arguments": {}}), json.dumps(LINES[0])]
    (home.workspace / "calls").write_text("\n".join(lines))
    done = home.peg("policy", "check", "calls")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [answer["decision"] for answer in answers] == ["deny", "deny", "ask"]
    assert set(answers[0]) == {"id", "decision", "reason"}


def test_the_users_configuration_counts_only_where_it_is_wanted(home: Any) -> None:
    home.peg("config", "set", "permissions.allow", '["bash(ls)"]')
    text = json.dumps(LINES[0])
    assert json.loads(home.peg("policy", "check", "-", stdin=text).stdout)["decision"] == "ask"
    assert json.loads(home.peg("policy", "check", "-", "--with-config", stdin=text).stdout)["decision"] == "allow"


def test_configuration_is_set_read_traced_and_unset(home: Any) -> None:
    assert home.peg("config", "get", "mode").stdout == "ask\n"
    assert home.peg("config", "set", "mode", "plan").returncode == 0
    assert home.peg("config", "get", "mode").stdout == "plan\n"
    listed = home.peg("config", "list", "--show-source").stdout
    assert re.search(r'^mode = "plan"  # .*config\.toml', listed, re.MULTILINE)
    assert re.search(r"^limits\.max_turns = 250  # default", listed, re.MULTILINE)
    assert home.peg("config", "validate").stdout == "no problems\n"
    assert home.peg("config", "unset", "mode").returncode == 0
    assert home.peg("config", "get", "mode").stdout == "ask\n"
    assert home.peg("config", "unset", "mode").returncode == 1


@pytest.mark.parametrize(("key", "value"), [("no.such", "1"), ("mode", "reckless"), ("limits.max_turns", "-1")])
def test_what_cannot_be_set_is_refused_and_changes_nothing(home: Any, key: str, value: str) -> None:
    done = home.peg("config", "set", "--", key, value)
    assert done.returncode == 1
    assert key.partition(".")[0] in done.stderr
    assert not (home.config / "config.toml").exists()


def test_a_configuration_is_validated_with_its_lines(home: Any) -> None:
    file = home.workspace / "config.toml"
    file.write_text('mode = "ask"\nnonsense = 1\n')
    done = home.peg("config", "validate", "config.toml")
    assert done.returncode == 1
    assert "nonsense" in done.stderr


def test_the_doctor_says_what_is_there_and_what_is_missing(home: Any) -> None:
    done = home.peg("doctor")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ok +Python 3\.", done.stdout, re.MULTILINE)
    assert re.search(r"^note +model .*OPENAI_API_KEY", done.stdout, re.MULTILINE)
    (home.config).mkdir(exist_ok=True)
    (home.config / "config.toml").write_text("mode = ")
    done = home.peg("doctor")
    assert done.returncode == 1
    assert re.search(r"^bad .*config\.toml", done.stdout, re.MULTILINE)
    assert "Traceback" not in done.stderr


def test_the_demo_repairs_its_sample_where_it_is_told_to(home: Any) -> None:
    done = home.peg("demo", "--dir", "sample")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The model's replies are a recording" in done.stdout
    assert done.stdout.rstrip().endswith("The tests pass.")
    assert (home.workspace / "sample" / "README.md").exists()
    again = home.peg("demo", "--dir", "sample")
    assert again.returncode == 2
    assert "is not empty" in again.stderr
    assert not os.path.exists(home.state / "sessions")


def test_an_auditor_reads_what_was_decided(home: Any, held: str) -> None:
    table = home.peg("session", "audit", held).stdout
    assert re.search(r"begins  pegboard", table)
    assert re.search(r"\d allow   read_file by rule in \d+ us", table)
    assert "call: " in table
    rows = [json.loads(line) for line in home.peg("session", "audit", "--json").stdout.splitlines()]
    assert [row["type"] for row in rows] == ["begun", "decided"]
    assert len(rows[1]["sha256"]) == 64
    assert rows[1]["arguments"] == {"path": "a.txt"}


def test_a_journal_is_held_against_what_an_anchor_kept(home: Any, held: str) -> None:
    lines = (home.state / "sessions" / held / "journal.jsonl").read_text().splitlines()
    seen = json.loads(lines[2])
    kept = {"pegboard": "checkpoint", "session": held, "seq": 3, "hash": seen["hash"], "time": "t", "run": "r"}
    anchor = home.folder / "anchor"
    anchor.write_text(f"Jan 1 host pegboard: {json.dumps(kept, separators=(',', ':'))}\n")
    done = home.peg("session", "verify", held, "--anchor", str(anchor))
    assert done.returncode == 0
    assert f"anchored: up to record 3; unanchored tail of {len(lines) - 3}" in done.stdout
    anchor.write_text(json.dumps(kept | {"seq": len(lines) + 4}, separators=(",", ":")))
    done = home.peg("session", "verify", held, "--anchor", str(anchor))
    assert done.returncode == 1
    assert f"records {len(lines) + 1} to {len(lines) + 4} are missing" in done.stdout
