"""What a command needs beyond the closed room, and that mode `auto` lets pass what needs nothing."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.judge import judge
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.resolve import resolve
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Decision, Mode, Need, Verdict

NETWORK, PROTECTED, OUTSIDE = Need.NETWORK, Need.PROTECTED, Need.OUTSIDE


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    own = SimpleNamespace(**{kind: tmp_path / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    for name in ("src/app.py", "f.txt", "x.sh", ".git/config", "pkg/.git/HEAD", ".env"):
        (tmp_path / "w" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "w" / name).write_text("x")
    with Place.open(tmp_path / "w", str(tmp_path / "h"), own, program_path="/usr/bin:/bin") as held:
        yield held


def decided(place: Place, command: str, policy: Policy | None = None) -> Decision:
    policy = policy or Policy()
    with resolve(SHIPPED["bash"], {"command": command}, place, policy) as facts:
        return judge(policy, facts)


@pytest.mark.parametrize(
    "command",
    ["ls -la", "cat src/app.py | wc -l", "touch x", "rm f.txt", "npm test", "pytest -q", "make -j4", "cargo test",
     "git status", "git log -3", "git diff", "sh x.sh", "./x.sh", "cd src && ls",
     "timeout 5 pytest", "find . -name x -delete", "tar -xf a.tar", "cp -r src y", "cat missing >/dev/null"],
)  # fmt: skip
def test_what_stays_in_the_workspace_without_network_needs_nothing(place: Place, command: str) -> None:
    assert decided(place, command).needs == ()


@pytest.mark.parametrize(
    ("command", "needs"),
    [("curl https://example.org/x", [NETWORK]), ("npm ci", [NETWORK]), ("pip install x", [NETWORK]),
     ("timeout 9 npm ci", [NETWORK]), ("ls && npm ci", [NETWORK]), ("cargo fetch", [NETWORK]),
     ("git add f.txt", [PROTECTED]), ("git commit -m x", [PROTECTED]), ("git config user.name x", [PROTECTED]),
     ("touch .git/x", [PROTECTED]), ("cp f.txt AGENTS.md", [PROTECTED]), ("rm -rf pkg", [PROTECTED]),
     ("cp -r pkg y", [PROTECTED]), ("mkdir .vscode", [PROTECTED]), ("env git commit -m x", [PROTECTED]),
     ("cat /etc/passwd", [OUTSIDE]), ("ls ..", [OUTSIDE]), ("echo $x", [OUTSIDE]),
     ("for i in 1; do ls; done", [OUTSIDE]),
     ("mytool --x", [OUTSIDE]),
     ("python -c 'print(1)'", [OUTSIDE]), ("/opt/x/tool", [OUTSIDE]), ("gpg --list-keys", [OUTSIDE]),
     ("docker ps", [OUTSIDE]),
     ("kill 1", [OUTSIDE]), ("echo ls | sh", [OUTSIDE]), ("crontab x", [OUTSIDE]), ("sudo ls", [OUTSIDE]),
     ("xargs mytool", [OUTSIDE]), ("systemctl status x", [OUTSIDE]),
     ("git push", [NETWORK, OUTSIDE]), ("ssh h ls", [NETWORK, OUTSIDE]), ("git fetch", [NETWORK, PROTECTED, OUTSIDE]),
     ("curl -o /tmp/x https://example.org", [NETWORK, OUTSIDE]), ("rsync -a src h:x", [NETWORK, OUTSIDE])],
)  # fmt: skip
def test_what_goes_beyond_it_says_so(place: Place, command: str, needs: list[Need]) -> None:
    assert decided(place, command).needs == tuple(needs)


@pytest.mark.parametrize(
    ("command", "hosts"),
    [("curl https://Example.org/x", ("example.org",)), ("curl https://a.b https://c.d", ("a.b", "c.d")),
     ("curl https://a.b | wc -l", ("a.b",)), ("curl https://a.b && npm ci", ()), ("git push", ()),
     ("curl -K x", ()), ("ls", ()), ("echo $(curl https://a.b)", ()), ("timeout 5 curl https://a.b", ("a.b",)),
     ("curl https://a.b ftp://c.d", ())],
)  # fmt: skip
def test_hosts_are_named_where_all_of_them_are_known(place: Place, command: str, hosts: tuple[str, ...]) -> None:
    assert decided(place, command).hosts == hosts


def test_a_denied_command_needs_nothing(place: Place) -> None:
    denied = Policy().with_rules([Rule.parse("bash(npm *)", Verdict.DENY)])
    assert decided(place, "npm ci", denied).needs == ()


def test_other_tools_need_no_room(place: Place) -> None:
    with resolve(SHIPPED["read_file"], {"path": "/etc/passwd"}, place, Policy()) as facts:
        assert judge(Policy(), facts).needs == ()


@pytest.mark.parametrize(
    ("command", "verdict"),
    [("pytest -q", Verdict.ALLOW), ("mytool --x", Verdict.ALLOW), ("rm f.txt", Verdict.ALLOW),
     ("sh x.sh", Verdict.ALLOW), ("python -c 'print(1)'", Verdict.ALLOW),
     ("git commit -m x", Verdict.ASK), ("touch .git/x", Verdict.ASK), ("curl https://a.b", Verdict.ASK),
     ("cat /etc/passwd", Verdict.ASK), ("npm ci", Verdict.ASK), ("cat .env", Verdict.ASK), ("env", Verdict.ASK),
     ("docker ps", Verdict.ASK), ("echo $x", Verdict.ASK), ("kill 1", Verdict.ASK), ("/opt/x/tool", Verdict.ASK)],
)  # fmt: skip
def test_in_auto_passes_what_needs_no_more_than_the_closed_room(place: Place, command: str, verdict: Verdict) -> None:
    found = decided(place, command, Policy(mode=Mode.AUTO, sandbox=True))
    assert found.verdict is verdict
    if verdict is Verdict.ALLOW:
        assert found.needs == ()
    assert decided(place, command, Policy(mode=Mode.AUTO)).verdict is Verdict.ASK


def test_the_reason_says_that_the_room_is_why_it_passes(place: Place) -> None:
    found = decided(place, "mytool --x", Policy(mode=Mode.AUTO, sandbox=True))
    assert found.reason == "mode auto: it needs no more than the closed room"
    asked = decided(place, "mytool --x", Policy(mode=Mode.FULL, sandbox=True))
    assert (asked.verdict, asked.needs) == (Verdict.ALLOW, (OUTSIDE,))


@pytest.mark.parametrize(
    ("mode", "sandbox", "needs"),
    [
        (Mode.AUTO, True, ()),
        (Mode.AUTO, False, (OUTSIDE,)),
        (Mode.EDIT, True, (OUTSIDE,)),
        (Mode.EDIT, False, (OUTSIDE,)),
    ],
)
def test_an_unknown_program_stays_in_the_room_only_where_auto_let_it_pass_for_that(
    place: Place, mode: Mode, sandbox: bool, needs: tuple[Need, ...]
) -> None:
    policy = Policy(rules=(Rule.parse("bash(mytool *)", Verdict.ALLOW),), mode=mode, sandbox=sandbox)
    assert decided(place, "mytool --x", policy).needs == needs
