"""What the gate would say, without running anything: `peg policy check` and `explain`. Knows no command line."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pegboard.cli.shipped import SHIPPED
from pegboard.gate.facts import Facts
from pegboard.gate.judge import JOINED, judge
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.resolve import resolve
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Decision, Mode, Verdict
from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import BAD_BODY, JsonObject
from pegboard_sdk.wire.manifest import ToolEntry

MAX_LINE: Final = 1 << 20
_MODES: Final = {mode.name.lower(): mode for mode in Mode}


class CheckLine(Struct, frozen=True, kw_only=True):
    """One question of `peg policy check`."""

    id: Any = None
    tool: str
    arguments: JsonObject = {}
    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    mode: str = "ask"
    sandbox: bool = False


class CheckAnswer(Struct, frozen=True, kw_only=True):
    """One answer. `argv` holds what would run, for commands that need no shell."""

    id: Any = None
    decision: str
    rule: str = ""
    reason: str = ""
    effects: tuple[str, ...] = ()
    argv: tuple[tuple[str, ...], ...] = ()


class BadAnswer(Struct, frozen=True, kw_only=True):
    """The answer to a line that cannot be judged; it makes the exit status 2."""

    id: Any = None
    decision: str = "deny"
    reason: str


class Considered(Struct, frozen=True, kw_only=True):
    """A rule, whether it is the one that is named as deciding, and whether it changed anything."""

    rule: str
    verdict: str
    decided: bool
    matters: bool
    """The decision would be another one without it."""


class Explanation(Struct, frozen=True, kw_only=True):
    """Why a call is decided so: the decision, every rule in order, and what would allow it (empty: nothing would)."""

    decision: Decision
    considered: tuple[Considered, ...]
    would_allow: tuple[str, ...]


def check_lines(
    lines: Iterable[bytes], place: Place, *, tools: Mapping[str, ToolEntry] = SHIPPED, base: Policy | None = None
) -> Iterator[CheckAnswer | BadAnswer]:
    """One answer for each line that is not blank, in order."""
    for line in lines:
        if line.strip():
            yield check_line(line, place, tools=tools, base=base)


def check_line(
    line: bytes, place: Place, *, tools: Mapping[str, ToolEntry] = SHIPPED, base: Policy | None = None
) -> CheckAnswer | BadAnswer:
    """Judge one line under `base` (managed policy, perhaps the user's) and its own rules. Never raises for its text."""
    table: JsonObject = {}
    try:
        table = _read(line)
        decision = _decide(_question(table), place, tools, base or Policy())
    except InvalidParams as error:
        return BadAnswer(id=table.get("id"), reason=error.message)
    return CheckAnswer(
        id=table.get("id"), decision=decision.verdict.name.lower(), rule=decision.rule, reason=decision.reason,
        effects=decision.effects, argv=decision.argv,
    )  # fmt: skip


def explain(policy: Policy, tool: ToolEntry, arguments: JsonObject, place: Place) -> Explanation:
    """Why the call would be decided as it would be. Runs and asks nothing."""
    with resolve(tool, arguments, place, policy) as facts:
        decision = judge(policy, facts)
        remember = judge(replace(policy, headless=False), facts).remember
        considered = tuple(_consider(policy, facts, decision, at) for at in range(len(policy.rules)))
    would_allow = tuple(remember.split(JOINED)) if remember else ()
    return Explanation(decision=decision, considered=considered, would_allow=would_allow)


def _consider(policy: Policy, facts: Facts, decision: Decision, at: int) -> Considered:
    rule = policy.rules[at]
    without = judge(replace(policy, rules=(*policy.rules[:at], *policy.rules[at + 1 :])), facts)
    return Considered(
        rule=rule.label,
        verdict=rule.verdict.name.lower(),
        decided=decision.rule == rule.label,
        matters=without.verdict is not decision.verdict,
    )


def _read(line: bytes) -> JsonObject:
    """Raises InvalidParams with what would be right."""
    if len(line) > MAX_LINE:
        raise InvalidParams(f"the line has {len(line)} bytes; at most {MAX_LINE} are judged")
    try:
        return msgspec.json.decode(line, type=JsonObject)
    except BAD_BODY as error:
        raise InvalidParams(f"not a JSON object: {error}") from error


def _question(table: JsonObject) -> CheckLine:
    known = [field.name for field in msgspec.structs.fields(CheckLine)]
    for key in table:
        close = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
        if key not in known and close:
            raise InvalidParams(f"unknown key `{key}`; did you mean `{close[0]}`?")
    try:
        return msgspec.convert(table, CheckLine)
    except msgspec.ValidationError as error:
        raise InvalidParams(f"not a line of `peg policy check`: {error}") from error


def _decide(question: CheckLine, place: Place, tools: Mapping[str, ToolEntry], base: Policy) -> Decision:
    tool = tools.get(question.tool)
    if tool is None:
        close = difflib.get_close_matches(question.tool, tools, n=1)
        hint = f"; did you mean `{close[0]}`?" if close else f"; known here: {', '.join(sorted(tools))}"
        raise InvalidParams(f"no tool `{question.tool}`{hint}")
    if question.mode not in _MODES:
        raise InvalidParams(f"mode `{question.mode}` is not known; it is one of {', '.join(_MODES)}")
    rules = [
        Rule.parse(text, verdict)
        for verdict, texts in (
            (Verdict.ALLOW, question.allow),
            (Verdict.ASK, question.ask),
            (Verdict.DENY, question.deny),
        )
        for text in texts
    ]
    policy = replace(base.with_rules(rules), mode=_MODES[question.mode], headless=False, sandbox=question.sandbox)
    with resolve(tool, question.arguments, place, policy) as facts:
        if facts.wrong:
            raise InvalidParams(facts.wrong)
        return judge(policy, facts)
