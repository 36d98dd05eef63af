"""What follows from a command's facts under patterns and a mode: one judgement for each part. Pure; the severest part
decides, and no part ends the look at the others."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from pegboard.gate.autonomy import MODES, Gate
from pegboard.gate.command.facts import CommandFacts, Effect, StepFacts, Weight
from pegboard.gate.command.needs import step_needs
from pegboard.gate.command.pattern import CommandPattern
from pegboard.gate.verdict import Mode, Verdict

READS: Effect = Effect.READ | Effect.HOST
PASSES: Mapping[Gate, tuple[Effect, tuple[str, ...]]] = {
    Gate.APPLY_EDITS: (Effect.WRITE, ()),
    Gate.RUN_TESTS: (Effect.RUN, ()),
    Gate.COMMIT: (Effect.REPO | Effect.RUN, ("git commit", "git add", "git stage")),
    Gate.PUSH: (Effect.SEND | Effect.RUN | Effect.HOST, ("git push",)),
    Gate.NETWORK: (Effect.NET, ()),
}
"""What an open gate lets pass beyond reading; where commands are named, in those alone."""


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
    gates: frozenset[Gate] = frozenset(),
    sandboxed: bool = False,
) -> tuple[Judgement, ...]:
    """One judgement for each part of the command; the command's verdict is their maximum."""
    if facts.forbidden:
        return (Judgement(verdict=Verdict.DENY, reason=facts.forbidden),)
    parts = [*_narrowed(facts, deny, Verdict.DENY), *_narrowed(facts, ask, Verdict.ASK)]
    if facts.trouble:
        parts.append(_unparsed(facts, mode))
    else:
        for step in facts.steps:
            passing = _passing(step, mode, gates, facts.root, sandboxed=sandboxed)
            parts.append(_step(step, allow, mode, passing))
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


def _step(step: StepFacts, allow: Sequence[CommandPattern], mode: Mode, passing: str) -> Judgement:
    shown = shlex.join(step.argv[:3]) + (" ..." if len(step.argv) > 3 else "")
    if mode is Mode.FULL:
        return Judgement(verdict=Verdict.ALLOW, reason="mode full")
    if mode is Mode.PLAN and (step.effects & ~READS or not step.known):
        return Judgement(verdict=Verdict.DENY, reason=f"mode plan only reads, and `{shown}` may do more")
    for pattern in allow:
        if pattern.allows(step, allow):
            return Judgement(verdict=Verdict.ALLOW, reason=f"bash({pattern.text}) allows it", pattern=pattern)
    if passing:
        return Judgement(verdict=Verdict.ALLOW, reason=passing)
    concerns = step.concerns
    why = "; ".join(concerns[:3]) if concerns else "no rule allows it"
    return Judgement(verdict=Verdict.ASK, reason=f"`{shown}`: {why}", remember=suggested_rule(step))


def _passing(step: StepFacts, mode: Mode, gates: frozenset[Gate], root: str, *, sandboxed: bool) -> str:
    """Why it needs no rule: an open gate covers all that it does, or it needs no more than the closed room."""
    if step.weight is Weight.PLAIN and step.known and gates:
        effects = Effect.READ
        for effect, commands in (PASSES[gate] for gate in gates if gate in PASSES):
            if not commands or " ".join(step.words[:2]) in commands:
                effects |= effect
        if not step.effects & ~(effects if sandboxed else effects & ~Effect.RUN):
            return f"mode {mode.name.lower()}" if gates <= MODES[mode] else "an open gate of autonomy"
    in_room = mode is Mode.AUTO and sandboxed and Gate.RUN_TESTS in gates
    if in_room and step.weight <= Weight.CONFINED and not step.effects & Effect.SECRET:
        return "" if list(step_needs(step, root, in_room=True)) else "mode auto: it needs no more than the closed room"
    return ""


def suggested_rule(step: StepFacts) -> str:
    """The narrowest pattern that would allow the step, empty when none would."""
    if step.weight is Weight.DANGER or not all(word.isprintable() for word in step.argv):
        return ""
    return " ".join(word if PLAIN_WORD.fullmatch(word) else shlex.quote(word) for word in step.argv)


PLAIN_WORD = re.compile(r"(?!-?\*$)[\w@%+=:,./-]+(?<!:\*)", re.ASCII)
