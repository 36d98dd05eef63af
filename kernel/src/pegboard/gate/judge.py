"""A pure function from policy and facts to a decision. Nothing else in the kernel decides whether a call may run.

Every part of a call gets its own finding, every rule that narrows adds one, and the severest decides: deny over ask
over allow, whatever the order or the source.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from pegboard.gate.command.needs import command_hosts, command_needs
from pegboard.gate.facts import Facts
from pegboard.gate.finding import Finding, allowed, narrowed
from pegboard.gate.judge_command import command_effects, command_findings
from pegboard.gate.judge_path import effect_of, path_findings
from pegboard.gate.policy import Policy
from pegboard.gate.url import UrlFacts
from pegboard.gate.verdict import Decision, Mode, Need, Verdict
from pegboard_sdk.wire.manifest import ToolEffect, ToolEntry

JOINED: Final = " ;; "
"""Between the rules of `Decision.remember`, where one answer has to cover several parts."""
_MOST_REASONS: Final = 4


def judge(policy: Policy, facts: Facts) -> Decision:
    """The decision about one call, with its grounds."""
    findings = list(_findings(policy, facts))
    worst = max(finding.verdict for finding in findings)
    deciding = [finding for finding in findings if finding.verdict is worst]
    reasons = list(dict.fromkeys(finding.reason for finding in deciding if finding.reason))
    reasons = reasons or [f"{facts.tool.name} does nothing that needs a grant"]
    more = f"; and {len(reasons) - _MOST_REASONS} more" if len(reasons) > _MOST_REASONS else ""
    decision = Decision(
        verdict=worst,
        reason="; ".join(reasons[:_MOST_REASONS]) + more,
        rule=next((finding.rule for finding in deciding if finding.rule), ""),
        effects=tuple(dict.fromkeys(_effects(facts))),
        argv=tuple(argv for command in facts.commands.values() for argv in command.argv),
        remember=_remember(deciding) if worst is Verdict.ASK else "",
        needs=_needs(policy, facts) if worst is not Verdict.DENY else (),
        hosts=tuple(host for command in facts.commands.values() for host in command_hosts(command)),
    )
    return _unattended(decision) if policy.headless and worst is Verdict.ASK else decision


def _findings(policy: Policy, facts: Facts) -> Iterator[Finding]:
    if facts.wrong:
        yield Finding(Verdict.DENY, facts.wrong)
    yield _tool_finding(policy, facts)
    for rule in policy.narrowing():
        if rule.binds_tool(facts.tool):
            yield narrowed(rule, facts.tool.name)
    for path in facts.paths.values():
        yield from path_findings(policy, facts.tool, path)
    for url in facts.urls.values():
        yield from _url_findings(policy, facts.tool, url)
    for command in facts.commands.values():
        yield from command_findings(policy, facts.tool, command, facts.root, facts.home)


def _tool_finding(policy: Policy, facts: Facts) -> Finding:
    """About the effects of the tool that no parameter accounts for."""
    tool = facts.tool
    loose = sorted(effect.value for effect in set(tool.effects) - facts.covered - {ToolEffect.READ})
    if not loose:
        return Finding(Verdict.ALLOW, "")
    if policy.reach is Mode.FULL:
        return Finding(Verdict.ALLOW, "mode full")
    what = f"{tool.name} may {' and '.join(_VERBS[effect] for effect in loose)}"
    if policy.reach is Mode.PLAN and loose != [ToolEffect.NET.value]:
        return Finding(Verdict.DENY, f"{what}, and mode plan only reads")
    for rule in policy.of(Verdict.ALLOW):
        if rule.bare and rule.names_tool(tool):
            return allowed(rule, tool.name)
    return Finding(Verdict.ASK, f"{what}, and its arguments do not say where", remember=tool.name)


_VERBS: Final = {"write": "write files", "exec": "run programs", "net": "use the network"}


def _url_findings(policy: Policy, tool: ToolEntry, url: UrlFacts) -> Iterator[Finding]:
    yield _url_finding(policy, tool, url)
    for rule in policy.narrowing():
        if rule.binds_host(url, tool):
            yield narrowed(rule, _host(url))


def _url_finding(policy: Policy, tool: ToolEntry, url: UrlFacts) -> Finding:
    if url.link_local:
        return Finding(Verdict.DENY, f"{_host(url)} is an address of this link, where machines keep their credentials")
    if policy.reach is Mode.FULL:
        return Finding(Verdict.ALLOW, "mode full")
    if url.trouble:
        return Finding(Verdict.ASK, f"{url.asked!a}: {url.trouble}")
    for rule in policy.of(Verdict.ALLOW):
        if rule.names_tool(tool) and rule.covers_host(url):
            return allowed(rule, _host(url))
    kind = "a private address" if url.local else "no host that a rule allows"
    return Finding(Verdict.ASK, f"{_host(url)} is {kind}", remember=f"{tool.name}(domain:{url.host})")


def _host(url: UrlFacts) -> str:
    return url.host or ascii(url.asked)


def _effects(facts: Facts) -> Iterator[str]:
    yield from (effect_of(path) for path in facts.paths.values())
    yield from (f"read output:{handle}" for handle, _ in facts.outputs.values())
    yield from (f"net {_host(url)}" for url in facts.urls.values())
    for command in facts.commands.values():
        yield from command_effects(command)
    yield from (effect.value for effect in facts.tool.effects if effect not in facts.covered)


def _needs(policy: Policy, facts: Facts) -> tuple[Need, ...]:
    in_room = policy.sandbox and policy.reach is Mode.AUTO
    return tuple(sorted({n for command in facts.commands.values() for n in command_needs(command, in_room=in_room)}))


def _remember(asking: list[Finding]) -> str:
    """The rules that would have allowed it; nothing where one of its parts can only be allowed once."""
    rules = dict.fromkeys(finding.remember for finding in asking)
    return "" if "" in rules or any(JOINED in rule for rule in rules) else JOINED.join(rules)


def _unattended(decision: Decision) -> Decision:
    hint = f"; --allow '{decision.remember}' would allow it" if decision.remember else ""
    return replace(decision, verdict=Verdict.DENY, reason=f"{decision.reason}, and there is nobody to ask{hint}")
