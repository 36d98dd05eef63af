"""What `[plugin.router]` may say, with what is wrong with it where it says anything else."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from pegboard_router.tier import Tier
from pegboard_sdk import InvalidParams

Dollars = Annotated[float, Meta(ge=0, le=1e9)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings."""


class Budgets(Section, frozen=True, kw_only=True):
    """US dollars; None is no limit. Days and months are UTC's; `project` is the workspace; `team` all of its members'
    calls that this ledger holds."""

    call: Dollars | None = None
    session: Dollars | None = None
    day: Dollars | None = None
    month: Dollars | None = None
    project: Dollars | None = None
    team: Dollars | None = None


class Own(Section, frozen=True, kw_only=True):
    """A price of the user's own; see `pegboard_sdk.Price`."""

    input: Dollars
    output: Dollars
    cached: Dollars | None = None
    written: Dollars | None = None
    batch: Annotated[float, Meta(ge=0, le=1)] | None = None
    """The share of it that a prompt of a batch job costs."""


class BreakerSettings(Section, frozen=True, kw_only=True):
    """When a model that fails is left alone, and for how long."""

    failures: Count = 3
    window_s: Seconds = 60.0
    open_s: Seconds = 30.0


class Settings(Section, frozen=True, kw_only=True):
    """All of `[plugin.router]`."""

    mode: Literal["fixed", "auto"] = "fixed"
    """`fixed` asks the session's model, `auto` the tier that a call needs, unless a person chose a model."""
    start: Literal["scout", "coder", "thinker", "reasoner"] = "coder"
    tiers: dict[str, str] = {}
    """`scout = "fast"`: the models of the tiers, over those of the provider."""
    fallbacks: tuple[str, ...] = ()
    """Models that are asked when others fail, in this order, before those of the neighbouring tiers."""
    retries: Annotated[int, Meta(ge=0, le=5)] = 0
    """So many times the same model is asked again after a failure that may pass; its provider has done that before."""
    prices: dict[str, Own] = {}
    """By the model's name as you write it, or by the provider's id."""
    budgets: Budgets = Budgets()
    team: str = ""
    unknown_price: Literal["allow", "refuse"] = "allow"
    """What a call whose price nobody knows means to a budget."""
    output_tokens: Count = 8192
    """Taken for the length of an answer where the request has no limit."""
    breaker: BreakerSettings = BreakerSettings()

    @property
    def first(self) -> Tier:
        """The tier that a conversation begins at."""
        return Tier[self.start.upper()]


def settings_from(given: dict[str, Any]) -> Settings:
    """The settings. Raises InvalidParams with the key, and what would be right."""
    try:
        settings = msgspec.convert(given, Settings)
    except (msgspec.ValidationError, RecursionError, ValueError, OverflowError) as error:
        raise InvalidParams(f"[plugin.router]: {error}; its README lists the settings") from error
    words = [tier.word for tier in Tier]
    wrong = [name for name in settings.tiers if name not in words]
    if wrong:
        raise InvalidParams(f"[plugin.router]: there is no tier `{wrong[0]}`; there are {', '.join(words)}")
    if settings.budgets.team is not None and not settings.team:
        raise InvalidParams(
            "[plugin.router]: budgets.team needs `team`, the name that the team's calls are booked under"
        )
    return settings
