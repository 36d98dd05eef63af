"""The real `peg` under a policy in its real place: a temporary /etc/pegboard in a mount namespace of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from needing import absent
from scripted_server import Call, ScriptedServer, Turn

PEG = Path(sys.executable).with_name("peg")
MOUNT = 'mount --make-rprivate / && mount -t tmpfs -o mode=755 none /etc && cp -a "$1/." /etc/ && shift && exec "$@"'
"""Only this process and its children see it; of the old /etc they keep what a program needs to run."""
KEPT = ("passwd", "group", "hosts", "resolv.conf", "nsswitch.conf", "ld.so.cache", "localtime", "alternatives")

POLICY = """\
mode = "edit"
[permissions]
deny = ["bash(curl *)"]
[sandbox]
required = true
[plugins]
disabled = ["search"]
[trust]
never = true
[[test]]
tool = "bash"
arguments = { command = "curl example.org" }
mode = "full"
expect = "deny"
"""

Peg = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def peg(home: Any, tmp_path: Path) -> Peg:
    unshare = shutil.which("unshare")
    tried = unshare and subprocess.run([unshare, "-m", "true"], check=False, timeout=60).returncode == 0
    if os.geteuid() != 0 or not tried or not PEG.exists():
        absent("root with a mount namespace")
    etc = tmp_path / "etc"
    etc.mkdir()
    for name in KEPT:
        source = Path("/etc") / name
        if source.is_file():
            shutil.copy(source, etc / name)
    (etc / "pegboard").mkdir()

    def peg(*arguments: str, policy: str = POLICY, mode: int = 0o644, **more: Any) -> subprocess.CompletedProcess[str]:
        (etc / "pegboard/policy.toml").write_text(policy)
        (etc / "pegboard/policy.toml").chmod(mode)
        return subprocess.run(
            [str(unshare), "-m", "sh", "-c", MOUNT, "sh", str(etc), str(PEG), *arguments],
            cwd=home.workspace, env=home.env, capture_output=True, text=True, timeout=120, check=False,
            **({"stdin": subprocess.DEVNULL} | more),
        )  # fmt: skip

    return peg


def test_what_policy_says_is_in_force_whatever_is_asked_for(home: Any, peg: Peg) -> None:
    shown = peg("policy", "show", "--why")
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == "# managed policy: /etc/pegboard/policy.toml"
    assert "mode at most edit  # /etc/pegboard/policy.toml:1" in lines
    assert "deny bash(curl *)  # /etc/pegboard/policy.toml:3" in lines
    assert "sandbox.required = true  # /etc/pegboard/policy.toml:5" in lines
    told = peg("policy", "explain", "bash", '{"command": "curl example.org"}', "--mode", "full", "--allow", "bash(*)")
    assert told.stdout.startswith("deny: ")
    assert "mode edit, rule bash(curl *) [/etc/pegboard/policy.toml:3]" in told.stdout
    line = '{"id": 1, "tool": "bash", "arguments": {"command": "curl x"}, "mode": "full", "allow": ["bash(curl *)"]}'
    checked = peg("policy", "check", "-", input=line, stdin=None)
    assert '"decision":"deny"' in checked.stdout


def test_a_run_is_capped_and_keeps_its_rule_in_the_journal(home: Any, peg: Peg) -> None:
    turns = [Turn(calls=[Call("bash", {"command": "curl example.org"})]), Turn(text="so")]
    with ScriptedServer(turns) as server:
        home.model(server.url)
        done = peg("-p", "hi", "--mode", "full")
    assert done.returncode == 3, done.stderr
    assert "mode is wider than policy allows; it is edit (/etc/pegboard/policy.toml:1)" in done.stderr
    (journal,) = home.state.rglob("*.jsonl")
    assert "bash(curl *) [/etc/pegboard/policy.toml:3]" in journal.read_text()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--no-sandbox",), "--no-sandbox is forbidden by the managed policy (/etc/pegboard/policy.toml:5)"),
        (("--trust",), "cannot be trusted: managed policy trusts no folder (/etc/pegboard/policy.toml:9)"),
    ],
)
def test_what_policy_forbids_ends_with_3(home: Any, peg: Peg, flags: tuple[str, ...], said: str) -> None:
    done = peg("-p", "hi", *flags)
    assert (done.returncode, said in done.stderr) == (3, True), done.stderr


LISTED = '[plugins]\nonly_listed = true\n[plugins.allow.files]\nversion = "VERSION"\n'


def test_a_plugin_that_is_not_listed_does_not_start(home: Any, peg: Peg) -> None:
    (home.workspace / "a").write_text("hey")
    greet = ("tool", "call", "greet", '{"name": "x"}', "--allow", "greet")
    read = ("tool", "call", "read_file", '{"path": "a"}')
    listed = LISTED.replace("VERSION", "0.1.0")
    done = peg(*greet, policy=listed)
    assert (done.returncode, "the policy of this machine does not list `hello`" in done.stderr) == (3, True), (
        done.stderr
    )
    done = peg(*read, policy=listed)
    assert (done.returncode, "hey" in done.stdout) == (0, True), done.stderr
    done = peg(*read, policy=LISTED.replace("VERSION", "0.2.0"))
    assert (done.returncode, "lists `files` 0.2.0, and this is 0.1.0" in done.stderr) == (3, True), done.stderr
    done = peg(*read, policy=f"{listed}tree = {{ any = '{'0' * 64}' }}\n")
    assert (done.returncode, "does not start" in done.stderr) == (3, True), done.stderr


@pytest.mark.parametrize(
    ("policy", "mode", "said"),
    [
        ("mode = 'edit'\nsandbox = true\n", 0o644, "/etc/pegboard/policy.toml:2: sandbox: expected `object`"),
        ("mod = 'edit'\n", 0o644, "/etc/pegboard/policy.toml:1: unknown key mod; did you mean mode?"),
        (POLICY.replace("deny = ", "ask = "), 0o644, "/etc/pegboard/policy.toml:10: bash "),
        (POLICY, 0o666, "others than root may write it; `chmod go-w /etc/pegboard/policy.toml` repairs it"),
    ],
)
def test_a_broken_policy_ends_every_start_with_3(peg: Peg, policy: str, mode: int, said: str) -> None:
    for command in (("-p", "hi"), ("config", "list"), ("policy", "show"), ("tool", "list"), ("trust",)):
        done = peg(*command, policy=policy, mode=mode)
        assert (done.returncode, done.stdout) == (3, ""), done.stderr
        assert said in done.stderr
        assert "nothing runs" in done.stderr
