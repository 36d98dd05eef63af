"""What follows for one command: its steps under `bash(...)` rules, its paths and hosts under all that deny. Pure."""

from collections.abc import Iterator

from pegboard.gate.command.facts import CommandFacts, Effect
from pegboard.gate.command.pattern import CommandPattern
from pegboard.gate.command.verdict import command_verdict
from pegboard.gate.finding import Finding, narrowed
from pegboard.gate.judge_path import forbidden, path_narrowings
from pegboard.gate.policy import Policy
from pegboard.gate.rule import Rule, use_below, use_of
from pegboard.gate.url import host_in
from pegboard.gate.verdict import Verdict
from pegboard_sdk.wire.manifest import ToolEntry


def command_findings(policy: Policy, tool: ToolEntry, facts: CommandFacts, root: str, home: str) -> Iterator[Finding]:
    """One finding for each part, and one for each rule that narrows a path or host in it."""
    yield from _steps(policy, tool, facts)
    for path in facts.every_path():
        yield from path_narrowings(policy, tool, path, use_of(path))
    yield from (found for path in facts.written if (found := forbidden(path)))
    for step in facts.all():
        yield from (found for path in step.paths if (found := forbidden(path)))
        for below in step.below:
            use = use_below(below.path, below.access, root=root, home=home)
            yield from (narrowed(rule, below.path) for rule in policy.narrowing() if rule.binds_use(use, tool))
        spelt = step.operands if step.own_effects & (Effect.NET | Effect.SEND) else ()
        for url in (*(goal.url for goal in step.targets), *map(host_in, spelt)):
            yield from (narrowed(rule, url.host) for rule in policy.narrowing() if rule.binds_host(url, tool))
    unseen = "was not looked at to its end" if facts.capped else facts.opaque
    for rule in policy.narrowing() if unseen else ():
        if rule.glob or rule.host:
            yield Finding(rule.verdict, f"{rule.label} may bind it: {unseen}", rule.label)


def command_effects(facts: CommandFacts) -> Iterator[str]:
    """What it does, in words: a line for each program."""
    if facts.trouble:
        yield "exec bash, with the text as it stands"
        return
    for step in facts.steps:
        kinds = [kind.name.lower() for kind in type(step.effects) if kind & step.effects and kind.name]
        name = step.argv[0] if step.argv[0].isprintable() else ascii(step.argv[0])
        yield f"exec {name}: {' '.join(kinds) or 'nothing else'}"


def _steps(policy: Policy, tool: ToolEntry, facts: CommandFacts) -> Iterator[Finding]:
    rules: dict[int, Rule] = {}

    def patterns(verdict: Verdict) -> list[CommandPattern]:
        found = []
        for rule in policy.of(verdict):
            allows = verdict is Verdict.ALLOW and rule.names_tool(tool)
            pattern = rule.command or (CommandPattern.parse("*") if allows and rule.bare else None)
            if pattern is not None and (allows or verdict is not Verdict.ALLOW):
                rules[id(pattern)] = rule
                found.append(pattern)
        return found

    judgements = command_verdict(
        facts, allow=patterns(Verdict.ALLOW), deny=patterns(Verdict.DENY), ask=patterns(Verdict.ASK),
        mode=policy.reach, gates=policy.gates, sandboxed=policy.sandbox,
    )  # fmt: skip
    for each in judgements:
        rule = rules.get(id(each.pattern))
        remember = f"{tool.name}({each.remember})" if each.remember else ""
        yield Finding(each.verdict, each.reason, rule.label if rule else "", remember)
