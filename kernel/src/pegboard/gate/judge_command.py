"""What follows for one command: every step needs its grant, deny rules reach inside. Pure, a part of `judge`."""

from collections.abc import Iterator

from pegboard.gate.command.facts import CommandFacts
from pegboard.gate.command.pattern import CommandPattern
from pegboard.gate.command.verdict import command_verdict
from pegboard.gate.finding import Finding, narrowed
from pegboard.gate.glob import folded_spelling
from pegboard.gate.judge_path import effect_of, path_narrowings, shown
from pegboard.gate.path import Sensitivity
from pegboard.gate.policy import Policy
from pegboard.gate.rule import Rule, use_of
from pegboard.gate.verdict import Verdict
from pegboard_sdk.wire.manifest import Access, SubjectKind, ToolEffect, ToolEntry


def command_findings(policy: Policy, tool: ToolEntry, facts: CommandFacts) -> Iterator[Finding]:
    """The findings about each step, and of every rule that narrows a program, file or host in it."""
    labels: dict[int, str] = {}
    patterns: dict[Verdict, list[CommandPattern]] = {verdict: [] for verdict in Verdict}
    for rule in policy.rules:
        pattern = _pattern(rule, tool)
        if pattern is not None:
            patterns[rule.verdict].append(pattern)
            labels[id(pattern)] = rule.label
    judgements = command_verdict(
        facts, allow=patterns[Verdict.ALLOW], deny=patterns[Verdict.DENY], ask=patterns[Verdict.ASK], mode=policy.reach,
        sandboxed=policy.sandbox,
    )  # fmt: skip
    for one in judgements:
        label = labels[id(one.pattern)] if one.pattern is not None else ""
        remember = f"{tool.name}({one.remember})" if one.remember else ""
        yield Finding(one.verdict, one.reason, label, remember)
    if any(rule.verdict is not Verdict.ALLOW for rule in policy.rules):
        for path in dict.fromkeys(facts.every_path()):
            yield from path_narrowings(policy, tool, path, use_of(path))
    if facts.capped:
        yield from (
            Finding(rule.verdict, f"the command is too long to tell whether {rule.label} binds it", rule.label)
            for rule in policy.narrowing()
            if rule.glob is not None
        )
    yield from _forbidden(facts)
    yield from _narrowed_below(policy, facts)
    for target in (target for step in facts.all() for target in step.targets):
        yield from (
            narrowed(rule, target.url.host)
            for rule in policy.rules
            if rule.verdict is not Verdict.ALLOW and rule.binds_host(target.url, tool)
        )


def _pattern(rule: Rule, tool: ToolEntry) -> CommandPattern | None:
    """The rule as one on commands. Rules that narrow bind every tool that runs commands; a bare grant is `*`."""
    pattern = rule.command
    if rule.verdict is not Verdict.ALLOW:
        return pattern if isinstance(pattern, CommandPattern) else None
    if not rule.names_tool(tool) or (rule.head is not None and rule.head.kind is not SubjectKind.COMMAND):
        return None
    return CommandPattern.parse("*") if rule.bare else pattern if isinstance(pattern, CommandPattern) else None


def _forbidden(facts: CommandFacts) -> Iterator[Finding]:
    """Paths that no answer may open: our own keys, and our own files to write."""
    paths = (*facts.written, *(path for step in facts.all() for path in step.paths))
    for path in dict.fromkeys(paths):
        own = path.access is Access.WRITE and path.sensitivity is Sensitivity.OWN
        if own or path.sensitivity >= Sensitivity.TOKEN:
            yield Finding(Verdict.DENY, f"{shown(path)} belongs to Pegboard itself, or is a disguised spelling")


def _narrowed_below(policy: Policy, facts: CommandFacts) -> Iterator[Finding]:
    """Rules on files that are read, moved or removed with the folder that they are in."""
    below = {(one.path, one.access) for step in facts.all() for one in step.below}
    for rule in policy.rules if below else ():
        if rule.verdict is Verdict.ALLOW or rule.glob is None or rule.head is None:
            continue
        writes = rule.head.effect is ToolEffect.WRITE
        for path, access in below:
            spelt = folded_spelling(path, root=facts.root, home=facts.home)
            if (access is Access.WRITE or not writes) and rule.glob.binds(spelt):
                yield narrowed(rule, path.removeprefix(f"{facts.root}/"))
                break


def command_effects(facts: CommandFacts) -> Iterator[str]:
    """What the command does, in words."""
    for step in facts.all():
        yield f"exec {step.argv[0]}"
        yield from (effect_of(path) for path in step.paths)
        yield from (f"net {target.url.host or target.url.asked!a}" for target in step.targets)
    if facts.trouble:
        yield "exec bash"


def argv_of(facts: CommandFacts) -> tuple[tuple[str, ...], ...]:
    """The argv lists that run if it is allowed; none for what needs a shell."""
    return facts.argv

