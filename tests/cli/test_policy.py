"""`peg policy` and `peg config` as people use them: what is in force, where it stands, what a draft would be."""

import json
import subprocess
from typing import Any

import pytest

DRAFT = """\
mode = "edit"
[permissions]
deny = ["bash(git push *)"]
[[test]]
tool = "bash"
arguments = { command = "git push origin" }
mode = "full"
expect = "deny"
"""


def configured(home: Any, text: str) -> str:
    home.config.mkdir(exist_ok=True)
    (home.config / "config.toml").write_text(text)
    return str(home.config / "config.toml")


def test_what_is_in_force_is_shown_with_file_and_line(home: Any) -> None:
    path = configured(home, '# mine\nmode = "auto"\n[permissions]\nallow = [\n  "bash(ls)",\n  "bash(pwd)",\n]\n')
    done = home.peg("policy", "show", "--why")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "no managed policy" in lines[0]
    assert f'mode = "auto"  # user ({path}:2)' in lines
    assert f"allow bash(ls)  # {path}:5" in lines
    assert f"allow bash(pwd)  # {path}:6" in lines
    plain = home.peg("policy", "show").stdout
    assert path not in plain
    assert "allow bash(ls)\n" in plain


def test_a_rule_below_the_home_is_named_as_people_write_it(home: Any) -> None:
    home.env["PEGBOARD_CONFIG_DIR"] = f"{home.env['HOME']}/.config/pegboard"
    home.config = home.folder / "home/.config/pegboard"
    home.config.mkdir(parents=True)
    configured(home, '[permissions]\n\ndeny = ["bash(ls)"]\n')
    done = home.peg("policy", "explain", "bash", '{"command": "ls"}')
    assert "rule bash(ls) [~/.config/pegboard/config.toml:3]" in done.stdout


def test_a_draft_is_checked_and_its_tests_run(home: Any) -> None:
    draft = home.folder / "draft.toml"
    draft.write_text(DRAFT)
    done = home.peg("policy", "test", str(draft))
    assert (done.returncode, done.stdout) == (0, f"{draft}: no problems, 1 tests hold\n")
    draft.write_text(DRAFT.replace("deny = [", "ask = ["))
    done = home.peg("policy", "test", str(draft))
    assert done.returncode == 3
    assert f"{draft}:4: bash" in done.stderr
    assert "must be deny, and is ask by bash(git push *)" in done.stderr
    draft.write_text(DRAFT.replace("mode", "mod"))
    done = home.peg("policy", "test", str(draft))
    assert done.returncode == 3
    assert f"{draft}:1: unknown key mod; did you mean mode?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("mode=yolo", "it is one of plan, ask, edit, auto, full"),
        ("autonomy=9", "expected `int` <= 5"),
        ("autonomy=0", "expected `int` >= 1"),
    ],
)
def test_a_wrong_value_is_answered_with_what_would_be_right(home: Any, flag: str, said: str) -> None:
    done = home.peg("tool", "call", "read_file", "{}", "--set", flag)
    assert done.returncode == 2
    assert said in done.stderr


def test_autonomy_is_a_setting_with_its_source(home: Any) -> None:
    path = configured(home, "autonomy = 2\n")
    listed = home.peg("config", "list", "--show-source").stdout.splitlines()
    assert f"autonomy = 2  # user ({path}:1)" in listed
    assert f'mode = "edit"  # user ({path}:1)' in listed
    call = json.dumps({"path": "new", "content": "x"})
    assert home.peg("policy", "explain", "write_file", call).stdout.startswith("allow")
    assert home.peg("policy", "explain", "write_file", call, "--mode", "ask").stdout.startswith("ask")


def explained(home: Any, command: str, *flags: str) -> str:
    done = home.peg("policy", "explain", "bash", json.dumps({"command": command}), *flags)
    return str(done.stdout.partition(":")[0])


def test_each_level_opens_its_gates(home: Any) -> None:
    subprocess.run(["git", "init", "-q", str(home.workspace)], check=True, timeout=60)
    for level, decided in {3: ("ask", "ask"), 4: ("allow", "ask"), 5: ("allow", "allow")}.items():
        configured(home, f"autonomy = {level}\n")
        assert (explained(home, "git add x"), explained(home, "git push origin main")) == decided, level


def test_checks_use_no_configuration_unless_told(home: Any) -> None:
    configured(home, '[permissions]\ndeny = ["Read(a)"]\n')
    line = json.dumps({"id": 1, "tool": "read_file", "arguments": {"path": "a"}}) + "\n"
    assert json.loads(home.peg("policy", "check", "-", stdin=line).stdout)["decision"] == "allow"
    assert json.loads(home.peg("policy", "check", "-", "--with-config", stdin=line).stdout)["decision"] == "deny"


def test_more_folders_count_like_the_workspace(home: Any) -> None:
    other = home.folder / "other"
    other.mkdir()
    (other / "a").write_text("a")
    call = ("policy", "explain", "read_file", json.dumps({"path": str(other / "a")}))
    assert home.peg(*call).stdout.startswith("ask")
    configured(home, f'[permissions]\nroots = ["{other}"]\n')
    assert home.peg(*call).stdout.startswith("allow")
    line = json.dumps({"tool": "read_file", "arguments": {"path": str(other / "a")}}) + "\n"
    assert json.loads(home.peg("policy", "check", "-", stdin=line).stdout)["decision"] == "ask"
    configured(home, '[permissions]\nroots = ["/no/such/folder"]\n')
    done = home.peg(*call)
    assert (done.returncode, "/no/such/folder" in done.stderr) == (1, True)
