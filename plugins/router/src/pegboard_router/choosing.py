"""Which model a call goes to: the tier that it needs, and another where one failed. It keeps circuits, and does no I/O.

Times are seconds of a clock that only grows.
"""

import tomllib
from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard_router.breaker import Circuit
from pegboard_router.prices import Prices
from pegboard_router.settings import Settings
from pegboard_router.tier import Tier, Wanted, above, tier_of
from pegboard_sdk import Ask, Choice, Failed, Paid, Price

MOST_CIRCUITS: Final = 256


class Remedy(Enum):
    """What may help after a failure."""

    SAME_OR_OTHER = "the same model later, or another"
    OTHER = "another model"
    BIGGER = "a model with more room"
    NONE = "nothing"


REMEDIES: Final = {
    "RATE_LIMITED": Remedy.SAME_OR_OTHER,
    "UPSTREAM": Remedy.SAME_OR_OTHER,
    "DEADLINE": Remedy.SAME_OR_OTHER,
    "PLUGIN_DOWN": Remedy.SAME_OR_OTHER,
    "UNRESPONSIVE": Remedy.OTHER,
    "START_FAILED": Remedy.OTHER,
    "UNAUTHENTICATED": Remedy.OTHER,
    "NOT_FOUND": Remedy.OTHER,
    "PERMISSION_DENIED": Remedy.OTHER,  # this provider is not to be asked
    "TOO_LARGE": Remedy.BIGGER,
}
"""By the error's code; what is not here is nobody's fault but the request's."""

FAULTS: Final = frozenset({"RATE_LIMITED", "UPSTREAM", "DEADLINE", "PLUGIN_DOWN", "UNRESPONSIVE", "START_FAILED"})
"""The errors that say something of the server, not of the request."""


class Rate(Struct, frozen=True):
    """How a model's turns went in this project: how many were looked at, and in how many a tool failed after it."""

    turns: int = 0
    bad: int = 0

    @property
    def is_poor(self) -> bool:
        """Whether the next tier is to be begun with: most of enough turns went badly."""
        return self.turns >= 8 and self.bad * 2 > self.turns


class Router:
    """Chooses. `rate_of` says how a model does in this project."""

    def __init__(
        self, settings: Settings, prices: Prices, rate_of: Callable[[str], Rate] = lambda model: Rate()
    ) -> None:
        self._settings = settings
        self._prices = prices
        self._rate_of = rate_of
        self._listed: dict[str, dict[str, str]] = tomllib.loads(
            Path(__file__).with_name("tiers.toml").read_text("utf-8")
        )
        self._circuits: dict[str, Circuit] = {}

    def choose(self, ask: Ask, now: float) -> Choice | None:
        """The model, or None when nothing helps any more. Never one whose circuit is open when the wait is over."""
        if ask.failures:
            return self._after(ask, now)
        wanted = self._wanted(ask)
        if wanted is None:
            return self._to(ask, ask.model, "", now) or self._instead(ask, "", now) or self._later(ask, now)
        tier, why = wanted.tier, wanted.why
        models = self.tiers(ask.provider)
        for each in (tier, *above(tier), *reversed(range(tier))):
            model = models.get(Tier(each).word)
            if model and (choice := self._to(ask, model, f"{Tier(each).word}: {why}", now)):
                return choice
        return self._to(ask, ask.model, "", now) or self._instead(ask, "", now) or self._later(ask, now)

    def learn(self, paid: Paid, now: float) -> None:
        """A call is over."""
        circuit = self._circuit(paid.planned.model)
        if paid.outcome == "ok":
            circuit.worked(now)
        elif paid.outcome in FAULTS:
            circuit.failed(now)

    def tiers(self, provider: str) -> dict[str, str]:
        """The models of the tiers of a provider, the user's own in front."""
        return self._listed.get(provider.partition("@")[0], {}) | self._settings.tiers

    def states(self, now: float) -> dict[str, str]:
        """The circuits that are not closed."""
        found = {model: circuit.state(now).value for model, circuit in self._circuits.items()}
        return {model: state for model, state in found.items() if state != "closed"}

    def _wanted(self, ask: Ask) -> Wanted | None:
        """The tier, where one is to be chosen: what a person chose stays, unless a plugin wishes for a tier."""
        if ask.pinned or not (ask.tier or self._settings.mode == "auto") or not self.tiers(ask.provider):
            return None
        wanted = tier_of(ask, start=self._settings.first)
        model = self.tiers(ask.provider).get(wanted.tier.word, "")
        rate = self._rate_of(model)
        if rate.is_poor and wanted.tier < Tier.REASONER:
            why = f"{wanted.why}; {model} did badly here in {rate.bad} of {rate.turns} turns"
            return Wanted(Tier(wanted.tier + 1), why)
        return wanted

    def _after(self, ask: Ask, now: float) -> Choice | None:
        last = ask.failures[-1]
        remedy = REMEDIES.get(last.code, Remedy.NONE)
        tried = sum(failed.model == last.model for failed in ask.failures)
        if remedy is Remedy.SAME_OR_OTHER and tried <= self._settings.retries:
            wait_ms = last.retry_ms or min(8000, 500 * 2**tried)
            choice = self._to(ask, last.model, f"again after {last.code}", now + wait_ms / 1000)
            if choice is not None:
                return Choice(model=choice.model, price=choice.price, reason=choice.reason, wait_ms=wait_ms)
        return None if remedy is Remedy.NONE else self._instead(ask, _said(last), now)

    def _instead(self, ask: Ask, why: str, now: float) -> Choice | None:
        """The first of the others that was not tried yet and whose circuit is not open."""
        tried = {ask.model, *(failed.model for failed in ask.failures)}
        order = [self.tiers(ask.provider).get(tier.word, "") for tier in Tier]
        here = max((order.index(model) for model in tried if model in order), default=-1)
        neighbours = [*order[here + 1 :], *reversed(order[: max(here, 0)])] if here >= 0 else []
        for model in (*self._settings.fallbacks, *neighbours):
            if model and model not in tried and (choice := self._to(ask, model, why or "its circuit is open", now)):
                return choice
        return None

    def _later(self, ask: Ask, now: float) -> Choice:
        """Nobody else is there: wait until the model may be tried again."""
        price = self._price(ask, ask.model)
        wait_ms = int(self._circuit(ask.model).opens_in(now) * 1000) + 1
        return Choice(price=price, wait_ms=wait_ms, reason="it failed too often a moment ago")

    def _to(self, ask: Ask, model: str, why: str, now: float) -> Choice | None:
        if not self._circuit(model).lets_through(now):
            return None
        return Choice(model="" if model == ask.model else model, price=self._price(ask, model), reason=why)

    def _price(self, ask: Ask, model: str) -> Price | None:
        price = partial(self._prices.of, tokens=ask.tokens, in_batch=ask.batch > 0)
        model_id = ask.id if model == ask.model else ask.known.get(model, "")
        return price(model) or (price(model_id) if model_id else None)

    def _circuit(self, model: str) -> Circuit:
        circuit = self._circuits.pop(model, None) or Circuit(self._settings.breaker)
        self._circuits[model] = circuit  # the newest last, so that the oldest is forgotten
        if len(self._circuits) > MOST_CIRCUITS:
            del self._circuits[next(iter(self._circuits))]
        return circuit


def _said(failed: Failed) -> str:
    return f"{failed.model} answered {failed.code}"
