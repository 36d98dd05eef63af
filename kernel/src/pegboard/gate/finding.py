"""One judgement about one part of a call. The decision is made from all of them."""

from msgspec import Struct

from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Verdict


class Finding(Struct, frozen=True):
    """What follows for one part, why, by which rule; `remember` is the narrowest rule that would change an ask."""

    verdict: Verdict
    reason: str
    rule: str = ""
    remember: str = ""


def narrowed(rule: Rule, what: str) -> Finding:
    """What a deny or ask rule says about `what`."""
    said = "denies" if rule.verdict is Verdict.DENY else "asks about"
    return Finding(rule.verdict, f"{rule.label} {said} {what}", rule.label)


def allowed(rule: Rule, what: str) -> Finding:
    """What an allow rule says about `what`."""
    return Finding(Verdict.ALLOW, f"{rule.label} allows {what}", rule.label)
