"""What a compaction costs and saves, in tokens at full price: whether it pays, and which of several is cheapest. Pure.

What stands at the beginning of a request and did not change costs a part of the price, since providers keep it. A
compaction makes all behind its first change anew, once; from then on every request is shorter, until the conversation
has grown back to where it was.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from pegboard_compact.settings import Settings
from pegboard_sdk import Compaction, Wanted
from pegboard_sdk.wire.compacting import Turn, gone_by, left_by, shrunk_by

CHEAP: Final = 0.2
"""What a token costs the model that summarises, as a part of what it costs the one that is asked."""
OUTPUT: Final = 4
"""What a token that is written costs, against one that is read."""
_RECENT: Final = 10


class Price(Struct, frozen=True):
    """Of one plan."""

    once: float
    """For what has to be read anew, and the summary."""
    saved: float
    """Over all requests until it has grown back."""
    requests: float
    """So many they are, about."""
    left: int

    @property
    def pays(self) -> bool:
        """Whether it costs less than it saves."""
        return self.saved > self.once

    @property
    def per_request(self) -> float:
        """What a request costs on top of what is there anyway; the lower, the better."""
        return (self.once - self.saved) / self.requests


def price(asked: Wanted, plan: Compaction, summarised: int, settings: Settings) -> Price:
    """The price of a plan whose summary is made of so many tokens; 0 when no model is asked."""
    left = left_by(asked, plan) + (settings.summary_tokens if plan.summary else 0)
    freed = max(0, asked.tokens - left)
    share = settings.cached_price if asked.cached else 1.0
    anew = max(0, min(left, asked.cached) - prefix(asked, plan))
    once = (1 - share) * anew
    if summarised:
        once += CHEAP * (min(summarised, settings.source_tokens) + OUTPUT * settings.summary_tokens)
    requests = max(1.0, freed / growth(asked.turns))
    return Price(once, share * freed * requests / 2, requests, left)


def prefix(asked: Wanted, plan: Compaction) -> int:
    """Tokens before the first turn that changes: system prompt, tools, and what stays as it was."""
    first = min((turn.seq for turn in (*gone_by(asked, plan), *shrunk_by(asked, plan))), default=plan.through + 1)
    behind = sum(turn.tokens for turn in asked.turns if turn.seq >= first)
    return max(0, asked.tokens - behind)


def growth(turns: Sequence[Turn]) -> float:
    """Tokens that a turn adds, as of late."""
    recent = turns[-_RECENT:]
    return max(1.0, sum(turn.tokens for turn in recent) / max(1, len(recent)))
