"""What follows for one command: every step needs its grant, deny rules reach inside. Pure, a part of `judge`."""

from collections.abc import Iterator
from typing import Any

from pegboard.gate.finding import Finding
from pegboard.gate.policy import Policy
from pegboard.gate.verdict import Verdict
from pegboard_sdk.wire.manifest import ToolEntry

CommandFacts = Any


def command_findings(policy: Policy, tool: ToolEntry, facts: CommandFacts) -> Iterator[Finding]:
    yield Finding(Verdict.ASK, "a command")


def command_effects(facts: CommandFacts) -> Iterator[str]:
    yield "exec"


def argv_of(facts: CommandFacts) -> tuple[tuple[str, ...], ...]:
    return ()
