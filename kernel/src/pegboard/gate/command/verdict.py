"""What follows from a command's facts under patterns and a mode: one judgement for each part. Pure; the severest part
decides, and no part ends the look at the others."""

import re
import shlex
from collections.abc import Iterator, Sequence

from msgspec import Struct

from pegboard.gate.command.facts import CommandFacts, Effect, StepFacts, Weight
from pegboard.gate.command.pattern import CommandPattern
from pegboard.gate.verdict import Mode, Verdict

READS: Effect = Effect.READ
EDITS: Effect = Effect.READ | Effect.WRITE
CONFINED: Effect = ~(Effect.NET | Effect.SEND | Effect.SECRET | Effect.INSTALL)
"""What a sandbox without network keeps within the workspace."""


class Judgement(Struct, frozen=True, kw_only=True):
    """About one part: `pattern` is the one that decided, `remember` the narrowest pattern that would allow it."""

    verdict: Verdict
    reason: str
    pattern: CommandPattern | None = None
    remember: str = ""


def command_verdict(
    facts: CommandFacts,
    *,
    allow: Sequence[CommandPattern],
    deny: Sequence[CommandPattern] = (),
    ask: Sequence[CommandPattern] = (),
    mode: Mode = Mode.ASK,
    sandboxed: bool = False,
) -> tuple[Judgement, ...]:
    """One judgement for each part of the command; the command's verdict is their maximum."""
    if facts.forbidden:
        return (Judgement(verdict=Verdict.DENY, reason=facts.forbidden),)
    parts = [*_narrowed(facts, deny, Verdict.DENY), *_narrowed(facts, ask, Verdict.ASK)]
    if facts.trouble:
        parts.append(_unparsed(facts, mode))
    else:
        parts.extend(_step(step, allow, mode, sandboxed=sandboxed) for step in facts.steps)
    return tuple(parts)


def _narrowed(facts: CommandFacts, patterns: Sequence[CommandPattern], verdict: Verdict) -> Iterator[Judgement]:
    said = "denies" if verdict is Verdict.DENY else "asks about"
    hidden = facts.opaque or next((step.opaque for step in facts.all() if step.opaque), "")
    for pattern in patterns:
        if pattern.denies(facts):
            unseen = "it was not looked at to its end" if facts.capped else hidden
            why = f"{said} it" if not unseen else f"cannot be told not to bind it: {unseen}"
            yield Judgement(verdict=verdict, reason=f"bash({pattern.text}) {why}", pattern=pattern)


def _unparsed(facts: CommandFacts, mode: Mode) -> Judgement:
    if mode is Mode.FULL:
        return Judgement(verdict=Verdict.ALLOW, reason="mode full")
    if mode is Mode.PLAN:
        return Judgement(
            verdict=Verdict.DENY, reason=f"mode plan only reads, and this cannot be told to: {facts.trouble}"
        )
    return Judgement(verdict=Verdict.ASK, reason=f"needs a shell: {facts.trouble}")


def _step(step: StepFacts, allow: Sequence[CommandPattern], mode: Mode, *, sandboxed: bool) -> Judgement:
    shown = shlex.join(step.argv[:3]) + (" ..." if len(step.argv) > 3 else "")
    if mode is Mode.FULL:
        return Judgement(verdict=Verdict.ALLOW, reason="mode full")
    if mode is Mode.PLAN and (step.effects & ~READS or not step.known):
        return Judgement(verdict=Verdict.DENY, reason=f"mode plan only reads, and `{shown}` may do more")
    for pattern in allow:
        if pattern.allows(step, allow):
            return Judgement(verdict=Verdict.ALLOW, reason=f"bash({pattern.text}) allows it", pattern=pattern)
    if _passes(step, mode, sandboxed=sandboxed):
        return Judgement(verdict=Verdict.ALLOW, reason=f"mode {mode.name.lower()}")
    concerns = step.concerns
    why = "; ".join(concerns[:3]) if concerns else "no rule allows it"
    return Judgement(verdict=Verdict.ASK, reason=f"`{shown}`: {why}", remember=suggested_rule(step))


def _passes(step: StepFacts, mode: Mode, *, sandboxed: bool) -> bool:
    """What a mode lets pass without a rule: edits in the workspace, and in a sandbox whatever stays in it."""
    if mode is Mode.AUTO and sandboxed:
        return step.weight <= Weight.CONFINED and not step.effects & ~CONFINED
    if mode in (Mode.EDIT, Mode.AUTO):
        return step.weight is Weight.PLAIN and step.known and not step.effects & ~EDITS
    return False


def suggested_rule(step: StepFacts) -> str:
    """The narrowest pattern that would allow the step, empty when none would."""
    if step.weight is Weight.DANGER or not all(word.isprintable() for word in step.argv):
        return ""
    return " ".join(word if PLAIN_WORD.fullmatch(word) else shlex.quote(word) for word in step.argv)


PLAIN_WORD = re.compile(r"(?!-?\*$)[\w@%+=:,./-]+(?<!:\*)", re.ASCII)
