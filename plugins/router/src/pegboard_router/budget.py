"""Whether a call still fits into the budgets: what it may cost, and what that would make of each sum. Pure."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from pegboard_router.settings import Settings
from pegboard_sdk import Planned, Price

SCOPES: Final = ("call", "run", "session", "day", "month", "project", "team")
"""From the narrowest: the first that is exceeded is named."""
EDGE: Final = 1e-9


class Scope(Struct, frozen=True):
    """One budget that binds a call: which, of what (a day, a folder), and its limit in dollars."""

    name: str
    key: str
    limit: float


class Over(Struct, frozen=True):
    """A budget that a call would exceed."""

    scope: Scope
    spent: float
    estimate: float | None

    @property
    def text(self) -> str:
        """Why the call is not made."""
        name, limit = self.scope.name, f"${self.scope.limit:.4g}"
        if self.estimate is None:
            return f"nobody knows what this call costs, and there is a budget of {limit} for the {name}"
        return f"this call may cost ${self.estimate:.4g}, and ${self.spent:.4g} of {limit} for the {name} are spent"


def scopes_of(settings: Settings, session: str, planned: Planned, at: datetime) -> tuple[Scope, ...]:
    """The budgets that bind a call, the narrowest first. `at` is UTC."""
    limits = settings.budgets
    keys = {
        "call": ("", limits.call),
        "run": (session, planned.limit),
        "session": (session, limits.session),
        "day": (at.strftime("%Y-%m-%d"), limits.day),
        "month": (at.strftime("%Y-%m"), limits.month),
        "project": (planned.workspace, limits.project),
        "team": (settings.team, limits.team),
    }
    return tuple(Scope(name, key, limit) for name, (key, limit) in keys.items() if limit is not None)


def estimate(price: Price | None, planned: Planned, output_tokens: int) -> float | None:
    """The most that a call is expected to cost: all of its prompt new, stored in the cache, and the longest answer; of
    a batch job, as many answers as there are prompts."""
    if price is None:
        return None
    dearest = max(price.input, price.written or 0.0)
    output = (planned.most_output or output_tokens) * max(1, planned.batch)
    return (planned.tokens * dearest + output * price.output) / 1_000_000


def exceeded(scope: Scope, spent: float, cost: float | None, *, unknown_fits: bool) -> Over | None:
    """What is wrong with a call that costs so much where so much is spent, None when nothing is."""
    if cost is None:
        fits = unknown_fits and spent < scope.limit - EDGE
        return None if fits else Over(scope, spent, None)
    return None if spent + cost <= scope.limit + EDGE else Over(scope, spent, cost)
