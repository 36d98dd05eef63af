"""May this plugin start? Pure: facts, lock and rules in, an admission out. `facts` does the looking."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct

from pegboard.found import Origin
from pegboard.supply.facts import Facts
from pegboard.supply.failure import TreeRefused
from pegboard.supply.lock import Locked, Pin
from pegboard_sdk.errors import PermissionDenied


class Reason(Enum):
    """Why a plugin was refused."""

    UNLISTED = "unlisted"
    """The policy or the organisation's lock does not list it."""
    DEV = "dev"
    """Its files may change at any time, and the policy forbids that."""
    UNLOCKED = "unlocked"
    """It was never accepted."""
    TREE = "tree"
    """Its files are not those that were accepted, or may not be there."""
    MANIFEST = "manifest"
    """Its manifest is not the one that was accepted."""
    TOOLS = "tools"
    """It tells models something else than what was accepted."""
    ORIGIN = "origin"
    """It comes from elsewhere than what was accepted."""
    BANNED = "banned"
    """The policy lists it, with other hashes."""


BY_POLICY: Final = frozenset({Reason.UNLISTED, Reason.DEV, Reason.BANNED, Reason.UNLOCKED})
"""These are decisions, and end a program with the status of a denial; the others are failures of a plugin."""


class Rules(Struct, frozen=True, kw_only=True):
    """What an organisation says of plugins; the defaults say nothing."""

    allowed: Mapping[str, tuple[str, ...]] | None = None
    """Ids with the tree hashes that may start, none of them meaning any; None allows all ids."""
    dev: bool = True
    unlocked: bool = True
    """Whether plugins that the lock does not name may start, as far as they are none of the store."""


class Admission(Struct, frozen=True, kw_only=True):
    """The answer, fit for a journal. `reason` is None when the plugin may start."""

    plugin: str
    reason: Reason | None = None
    why: str = ""
    expected: str = ""
    found: str = ""

    def require(self) -> None:
        """Raises PermissionDenied or TreeRefused with the sentence of the refusal."""
        if self.reason in BY_POLICY:
            raise PermissionDenied(self.why)
        if self.reason is not None:
            raise TreeRefused(self.why)


def check(facts: Facts, locked: Locked, rules: Rules | None = None) -> Admission:
    """The admission of one plugin. What is listed is compared whole: files, manifest and what a model is told."""
    rules = rules or Rules()
    pin = locked.lock.plugins.get(facts.id)
    for look in (_by_rules, _by_pin):
        admission = look(facts, pin, locked, rules)
        if admission.reason is not None:
            return admission
    return Admission(plugin=facts.id, found=facts.tree)


def _by_rules(facts: Facts, pin: Pin | None, locked: Locked, rules: Rules) -> Admission:
    allowed = None if rules.allowed is None else rules.allowed.get(facts.id)
    if rules.allowed is not None and allowed is None:
        return _no(facts, Reason.UNLISTED, "the policy of this machine does not list it")
    if facts.dev and (not rules.dev or allowed or locked.is_closed):
        return _no(facts, Reason.DEV, "it is editable, so its files may change at any time; install a wheel of it")
    if allowed and facts.tree not in allowed:
        return _no(facts, Reason.BANNED, "the policy of this machine lists it with another hash", allowed[0])
    if pin is None and locked.is_closed:
        return _no(facts, Reason.UNLISTED, f"{locked.file} does not list it")
    if pin is None and facts.origin is Origin.STORE:
        return _no(facts, Reason.UNLOCKED, "it was never accepted; `peg plugin install` it")
    if pin is None and not (rules.unlocked or allowed is not None):
        return _no(
            facts, Reason.UNLOCKED, "it was never accepted, and the policy wants that; `peg plugin lock` shows it"
        )
    return _yes(facts)


def _by_pin(facts: Facts, pin: Pin | None, locked: Locked, rules: Rules) -> Admission:
    if pin is None:
        return _yes(facts)
    if facts.dev:
        return _no(facts, Reason.ORIGIN, "it was accepted as a wheel and is editable now; `peg plugin remove` the pin")
    if pin.origin is not facts.origin:
        where = f"{pin.origin.value} and not {facts.origin.value}"
        return _no(facts, Reason.ORIGIN, f"it was accepted from {where}; `peg plugin remove` one of them")
    if facts.problem:
        return _no(facts, Reason.TREE, facts.problem)
    for reason, accepted, found, what in (
        (Reason.MANIFEST, pin.manifest, facts.manifest, "its manifest is not the one that was accepted"),
        (Reason.MANIFEST, pin.entry, facts.entry, "its entry point is not the one that was accepted"),
        (
            Reason.TREE,
            pin.trees.get(facts.key, ""),
            facts.tree,
            f"its files are not those that were accepted{_which(facts)}",
        ),
    ):
        if accepted != found:
            return _no(facts, reason, f"{what}; {_repair(facts)}", accepted)
    for name in sorted({*pin.tools, *facts.tools}):
        if pin.tools.get(name) != facts.tools.get(name):
            return _no(facts, Reason.TOOLS, f"its tool {name} is not the one that was accepted; {_repair(facts)}")
    return _yes(facts)


def _which(facts: Facts) -> str:
    return f" ({facts.changed})" if facts.changed else ""


def _repair(facts: Facts) -> str:
    if facts.origin is Origin.STORE:
        return "`peg plugin verify` says more; remove it and install it again"
    return "`peg plugin lock` shows the difference and asks"


def _no(facts: Facts, reason: Reason, why: str, expected: str = "") -> Admission:
    return Admission(
        plugin=facts.id,
        reason=reason,
        why=f"plugin `{facts.id}` does not start: {why}",
        expected=expected,
        found=facts.tree,
    )


def _yes(facts: Facts) -> Admission:
    return Admission(plugin=facts.id)
