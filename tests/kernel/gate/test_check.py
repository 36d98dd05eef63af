"""`peg policy check` and `explain`, as functions: one answer a line, bad lines told apart, nothing run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pegboard.cli.checking import BadAnswer, check_line, check_lines, explain
from pegboard.cli.shipped import SHIPPED
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Mode, Verdict
from pegboard.places import Places


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "w").mkdir()
    (tmp_path / "w/a").write_text("a")
    own = Places(**dict.fromkeys(("config", "data", "state", "cache", "runtime", "managed"), tmp_path / "own"))
    with Place.open(tmp_path / "w", str(tmp_path / "h"), own) as held:
        yield held


def line(**fields: Any) -> bytes:
    return json.dumps({"id": 1, "tool": "write_file", "arguments": {"path": "a"}, **fields}).encode()


def test_an_answer_has_the_fields_of_the_contract_in_order(place: Place) -> None:
    answer = json.loads(msgspec.json.encode(check_line(line(allow=["write_file(**)"]), place)))
    assert list(answer) == ["id", "decision", "rule", "reason", "effects", "argv"]
    assert (answer["decision"], answer["rule"], answer["effects"]) == ("allow", "write_file(**)", ["write a"])


def test_answers_come_one_a_line_in_order_and_blank_lines_get_none(place: Place) -> None:
    lines = [line(id="x"), b"\n", line(id=None, mode="edit"), b"nonsense", line(id=[2], deny=["Edit"])]
    answers = list(check_lines(lines, place))
    assert [(answer.id, answer.decision) for answer in answers] == [
        ("x", "ask"), (None, "allow"), (None, "deny"), ([2], "deny"),
    ]  # fmt: skip
    assert [isinstance(answer, BadAnswer) for answer in answers] == [False, False, True, False]


def test_ask_stays_ask_under_a_policy_that_is_headless(place: Place) -> None:
    assert check_line(line(), place, base=Policy(headless=True)).decision == "ask"


def test_the_cap_and_the_rules_of_the_base_hold(place: Place) -> None:
    base = Policy(rules=(Rule.parse("Edit(a)", Verdict.DENY, "policy.toml:3"),), cap=Mode.ASK)
    answer = check_line(line(mode="full"), place, base=base)
    assert (answer.decision, getattr(answer, "rule", "")) == ("deny", "Edit(a) [policy.toml:3]")
    assert check_line(line(mode="full", arguments={"path": "b"}), place, base=base).decision == "ask"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "not a JSON object"), (b"[1]", "not a JSON object"), (b"\xff", "not a JSON object"),
        (b'{"id":1}', "tool"), (line(tool="wriet_file"), "did you mean `write_file`"),
        (line(tool="zzz"), "known here: apply_patch"), (line(mode="yolo"), "plan, ask, edit, auto, full"),
        (line(denny=["x"]), "did you mean `deny`"), (line(allow="Read"), "Expected `array`"),
        (line(allow=["Read("]), "not closed"), (line(arguments=[1]), "arguments"),
        (line(arguments={"path": 5}), "`path` must be text"), (b" " * (1 << 20) + b"{}", "at most"),
        (b'{"tool":' + b"[" * 100_000, "not a JSON object"),
    ],
)  # fmt: skip
def test_a_bad_line_is_denied_with_what_would_be_right(place: Place, text: bytes, said: str) -> None:
    answer = check_line(text, place)
    assert isinstance(answer, BadAnswer)
    assert answer.decision == "deny"
    assert said in answer.reason


def test_a_bad_line_keeps_its_id_where_that_can_be_read(place: Place) -> None:
    assert check_line(line(id="k", tool="zzz"), place).id == "k"


def test_keys_that_only_accompany_a_line_are_ignored(place: Place) -> None:
    assert check_line(line(why="a comment", must="ask"), place).decision == "ask"


@pytest.mark.parametrize("tool", sorted(SHIPPED))
def test_every_shipped_tool_is_known(place: Place, tool: str) -> None:
    assert not isinstance(check_line(line(tool=tool, arguments={}), place), BadAnswer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=60) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: line(tool=v)))
def test_hostile_lines_are_answered(place: Place, text: bytes) -> None:
    assert check_line(text, place).decision in {"allow", "ask", "deny"}


def test_an_explanation_names_every_rule_what_decided_and_what_would_allow(place: Place) -> None:
    rules = (Rule.parse("Read(**)", Verdict.ALLOW, "config.toml:1"), Rule.parse("Edit(a)", Verdict.ASK, "flag"))
    told = explain(Policy(rules=rules, mode=Mode.EDIT), SHIPPED["write_file"], {"path": "a"}, place)
    assert told.decision.verdict is Verdict.ASK
    assert [(each.rule, each.decided, each.matters) for each in told.considered] == [
        ("Read(**) [config.toml:1]", False, False),
        ("Edit(a) [flag]", True, True),
    ]
    assert told.would_allow == ()
    told = explain(Policy(headless=True), SHIPPED["write_file"], {"path": "a"}, place)
    assert told.would_allow == ("write_file(./a)",)


def test_a_host_that_no_rule_allows_is_told_apart_from_a_private_one(place: Place) -> None:
    for url, said in (("https://a.example/", "a.example is no host that a rule allows"),
                      ("http://10.0.0.1/", "10.0.0.1 is a private address")):  # fmt: skip
        assert check_line(line(tool="web_fetch", arguments={"url": url}), place).reason == said


def test_the_effects_of_a_command_say_what_runs_and_that_a_script_is_run_by_bash(place: Place) -> None:
    script = check_line(line(tool="bash", arguments={"command": "echo $x"}), place)
    plain = check_line(line(tool="bash", arguments={"command": "rm a"}), place)
    assert (script.effects, plain.effects) == (  # type: ignore[union-attr]
        ("exec bash, with the text as it stands",), ("exec rm: delete",),
    )  # fmt: skip
