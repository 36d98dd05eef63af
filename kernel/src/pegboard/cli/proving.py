"""Runs the tests that a policy brings along: calls that are judged, and never made, in an empty workspace."""

import tempfile
from typing import Final

import msgspec
from msgspec.structs import replace

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.judge import judge
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.resolve import resolve
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Mode
from pegboard.places import Places
from pegboard.policy import InlineTest, Loaded

HOME: Final = "/home/user"
"""What `~` is in a test, so that it says the same for everybody."""


def failing(loaded: Loaded, tests: list[tuple[InlineTest, str]], places: Places) -> list[str]:
    """A sentence for each test, given with where it stands, that does not get what it expects.

    Raises InvalidParams for a rule that cannot be read, and OSError when there is no room for an empty workspace.
    """
    rules = tuple(Rule.parse(one.text, one.verdict, one.source.where) for one in loaded.rules)
    policy = Policy(rules=rules, cap=loaded.cap)
    if not tests:
        return []
    with tempfile.TemporaryDirectory(prefix="pegboard-") as folder, Place.open(folder, HOME, places) as place:
        return [said for test, where in tests if (said := _trouble(test, where, policy, place))]


def _trouble(test: InlineTest, where: str, policy: Policy, place: Place) -> str:
    tool = SHIPPED.get(test.tool)
    if tool is None:
        return f"{where}: no tool `{test.tool}` that a test may call; known: {', '.join(sorted(SHIPPED))}"
    policy = replace(policy, mode=Mode[test.mode.upper()])
    with resolve(tool, test.arguments, place, policy) as facts:
        decision = judge(policy, facts)
    got = decision.verdict.name.lower()
    if got == test.expect:
        return ""
    call = f"{test.tool} {msgspec.json.encode(test.arguments).decode()}"
    by = f" by {decision.rule}" if decision.rule else ""
    meant = f" ({test.why})" if test.why else ""
    return f"{where}: {call} in mode {test.mode} must be {test.expect}{meant}, and is {got}{by}: {decision.reason}"
