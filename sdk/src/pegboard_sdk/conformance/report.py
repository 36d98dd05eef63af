"""What the checks found, for people and as JUnit XML. It runs nothing."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Final
from xml.sax.saxutils import quoteattr

from msgspec import Struct

UNPRINTABLE: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class State(Enum):
    """How a check ended. SKIPPED: what it needs was not to be seen, which is no fault."""

    PASSED = "ok"
    FAILED = "FAIL"
    SKIPPED = "skip"


class Finding(Struct, frozen=True, kw_only=True):
    """One check's end; `detail` says what was wrong and what would be right, or why it was skipped."""

    check: str
    says: str
    state: State
    detail: str = ""
    seconds: float = 0.0


class Report(Struct, frozen=True, kw_only=True):
    """All findings on one plugin."""

    plugin: str
    findings: tuple[Finding, ...]

    def count(self, state: State) -> int:
        """How many checks ended so."""
        return sum(finding.state is state for finding in self.findings)

    @property
    def has_passed(self) -> bool:
        """Whether nothing failed."""
        return not self.count(State.FAILED)

    def text(self) -> str:
        """For people: a line for each check, and the score."""
        lines: list[str] = []
        for finding in self.findings:
            lines.append(f"{finding.state.value:4} {finding.check:18} {finding.says}")
            lines += [f"       {line}" for line in finding.detail.splitlines()]
        passed, failed, skipped = (self.count(state) for state in (State.PASSED, State.FAILED, State.SKIPPED))
        score = f"{self.plugin}: {passed} of {passed + failed} checks passed"
        return "\n".join([*lines, score + (f", {skipped} skipped" if skipped else "")])

    def junit(self) -> str:
        """JUnit XML, which every CI reads."""
        failed, skipped = self.count(State.FAILED), self.count(State.SKIPPED)
        total = sum(finding.seconds for finding in self.findings)
        head = (
            f'<testsuite name={_attribute(f"pegboard conformance of {self.plugin}")} tests="{len(self.findings)}" '
            f'failures="{failed}" errors="0" skipped="{skipped}" time="{total:.3f}">'
        )
        cases = [_case(finding) for finding in self.findings]
        return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *cases, "</testsuite>", ""])


def _case(finding: Finding) -> str:
    name = _attribute(f"{finding.check}: {finding.says}")
    case = f'  <testcase classname="pegboard.conformance" name={name} time="{finding.seconds:.3f}"'
    tag = {State.FAILED: "failure", State.SKIPPED: "skipped"}.get(finding.state)
    return f"{case}><{tag} message={_attribute(finding.detail)}/></testcase>" if tag else f"{case}/>"


def _attribute(text: str) -> str:
    return quoteattr(UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def report_of(plugin: str, findings: Sequence[Finding]) -> Report:
    """A report on the plugin of this id."""
    return Report(plugin=plugin, findings=tuple(findings))
