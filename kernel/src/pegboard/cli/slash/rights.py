"""`/permissions`, `/sandbox`, `/trust` and `/add-dir`: what may be done, who said so, and what holds it."""

import os
from collections.abc import Iterator
from typing import Final

from pegboard.approval import Approval
from pegboard.cli.editing import set_value
from pegboard.cli.folders.admitting import add
from pegboard.cli.folders.keeping import kept
from pegboard.cli.listing import written
from pegboard.cli.slash.asking import choose
from pegboard.cli.slash.scene import Scene
from pegboard.cli.trusting import trust_of
from pegboard.gate.judge import JOINED
from pegboard.gate.remembered import Scope
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Verdict
from pegboard_sdk.errors import InvalidParams, NotFound
from pegboard_sdk.wire.fronting import Said

_SCOPES: Final = {scope.value: scope for scope in (Scope.SESSION, Scope.PROJECT, Scope.USER)}
_USAGE: Final = (
    "`/permissions allow RULE [session|project|user]`, `/permissions deny RULE`, `/permissions forget RULE|N`; "
    "a rule is what --allow takes: bash(git log *), read_file(src/**)"
)


def _approval(scene: Scene) -> Approval:
    return scene.talk.agent.dispatcher.approval


async def permissions(scene: Scene, rest: str) -> Said:
    """The rules in force with their sources; adds one, or takes one back."""
    verb, _, text = rest.partition(" ")
    match verb:
        case "":
            return Said(text="\n".join(_shown(scene)))
        case "allow" if text.strip():
            return await _allow(scene, text.strip())
        case "deny" if text.strip():
            return _deny(scene, text.strip())
        case "forget" if text.strip():
            return _forget(scene, text.strip())
    raise InvalidParams(_USAGE)


def _shown(scene: Scene) -> Iterator[str]:
    policy = _approval(scene).policy
    walls = scene.started.rights.walls
    yield from _folders(scene)
    yield f"mode {policy.reach.name.lower()} (at most {policy.cap.name.lower()}), sandbox {walls.name}"
    for number, rule in enumerate(policy.rules, start=1):
        yield f"{number:3}  {rule.verdict.name.lower():5} {rule.text}  — {rule.source}"
    if not policy.rules:
        yield "no rules: the mode alone decides"
    yield from (f"! {problem}" for problem in _approval(scene).remembered.problems)
    yield _USAGE


async def _allow(scene: Scene, text: str) -> Said:
    head, _, last = text.rpartition(" ")
    named = _SCOPES.get(last) if head else None
    rule = _one_rule(head.strip() if named else text, Verdict.ALLOW)
    scope = named or _SCOPES.get(await choose(scene, f"Allow {rule.text} for how long?", tuple(_SCOPES)), Scope.SESSION)
    remembered = _approval(scene).remembered
    before = len(remembered.problems)
    remembered.add(rule.text, scope)
    notes = remembered.problems[before:]
    kept = [one.text for one in remembered.rules()]
    return Said(
        text="\n".join([f"allowed for the {scope.value}: {kept[-1] if rule.text not in kept else rule.text}", *notes])
    )


def _one_rule(text: str, verdict: Verdict) -> Rule:
    """The rule as it was typed, which is as wide as it gets. Raises InvalidParams for what is none."""
    if JOINED in text:
        raise InvalidParams(f"one rule at a time: {text!r} holds several")
    return Rule.parse(text, verdict, "typed")


def _deny(scene: Scene, text: str) -> Said:
    rule = _one_rule(text, Verdict.DENY)
    path = scene.started.places.user_config
    now = scene.started.config.settings.permissions.deny
    set_value(path, "permissions.deny", written([*dict.fromkeys((*now, rule.text))]))
    return Said(text=f"denied in {path}: {rule.text}; in force from the next start on (`peg -c`)")


def _forget(scene: Scene, text: str) -> Said:
    approval = _approval(scene)
    rules = approval.policy.rules
    if text.isdecimal() and 1 <= int(text) <= len(rules):
        rule = rules[int(text) - 1]
    else:
        found = [one for one in rules if one.text == text]
        if not found:
            raise NotFound(f"no rule {text!r} is in force; `/permissions` shows them")
        rule = next((one for one in reversed(found) if one in approval.remembered.rules()), found[0])
    if rule not in approval.remembered.rules():
        raise InvalidParams(f"{rule.text} stands in {rule.source}; change it there")
    scope = next(scope for name, scope in _SCOPES.items() if rule.source.endswith(name))
    approval.remembered.forget(scope, rule.text)
    return Said(text=f"forgotten: {rule.text} ({rule.source})")


async def sandbox(scene: Scene, rest: str) -> Said:
    """What confines what, and what is missing."""
    walls = scene.started.rights.walls
    rows = [f"commands and forked plugins: {walls.forked.value}", f"executed plugins: {walls.executed.value}"]
    if walls.lifted:
        rows.append("lifted: nothing is confined (--no-sandbox, or your configuration)")
    rows += [f"! {walls.why}"] if walls.why else []
    return Said(text="\n".join([*rows, "`peg doctor` tries them; a running program does not change its walls"]))


async def trust(scene: Scene, rest: str) -> Said:
    """Whether this folder is obeyed. Trusting takes hold with the next start: what runs was read before."""
    folder = scene.started.workspace
    known = trust_of(scene.started.places, scene.started.managed)
    if rest == "yes":
        obeyed = known.accept(folder)
        return Said(text=f"{folder} is trusted with {len(obeyed.files)} files as they are now; `peg -c` obeys them")
    if rest:
        raise InvalidParams("`/trust` shows how this folder stands, `/trust yes` trusts it as it is now")
    view = known.view(folder)
    forbidden = known.forbidden(folder)
    rows = [f"{folder}: {view.standing.value if isinstance(view.standing.value, str) else view.standing.name.lower()}"]
    rows += [f"  {note}" for note in view.notes]
    rows += [f"  {name}" for name in sorted(view.obeyed.files)]
    return Said(text="\n".join([*rows, forbidden or "`/trust yes` trusts it as it is now"]))


async def add_dir(scene: Scene, rest: str) -> Said:
    """Another folder counts like the workspace, for this session; without words, which do."""
    if not rest:
        return Said(text="\n".join(_folders(scene)))
    if scene.talk.busy:
        raise InvalidParams(
            "something runs, in rooms that stand; add the folder when it is done, or interrupt it (Esc)"
        )
    real = _folder(scene, rest)
    if not await add(scene.ground, scene.talk.agent, real):
        return Said(text=f"{real} counts like the workspace already")
    return Said(text=f"{real} counts like the workspace in this session, also when it is resumed")


def _folder(scene: Scene, typed: str) -> str:
    """The real path of a folder as it was typed."""
    real = os.path.realpath(os.path.join(scene.session.workspace, os.path.expanduser(typed)))
    if not os.path.isdir(real):
        raise NotFound(f"{real} is no folder")
    return real


def _folders(scene: Scene) -> Iterator[str]:
    place = _approval(scene).place
    added = {one.path for one in kept(scene.session.journal.folder)}
    yield f"works in {place.root_path}"
    for path in sorted(place.added):
        yield f"    and in {path}  — {'/add-dir' if path in added else '--add-dir or permissions.roots'}"
