"""The tiers, and which one a call needs: decided from typed signals, never from words of the prompt. Pure."""

from enum import IntEnum
from typing import Final

from msgspec import Struct

from pegboard_sdk import Ask

LONG: Final = 60_000
"""Tokens from which a conversation is long."""


class Tier(IntEnum):
    """From the cheapest model to the one that thinks longest."""

    SCOUT = 0
    CODER = 1
    THINKER = 2
    REASONER = 3

    @property
    def word(self) -> str:
        """As settings write it."""
        return self.name.lower()


class Wanted(Struct, frozen=True):
    """A tier, and in a few words why."""

    tier: Tier
    why: str


def tier_of(ask: Ask, *, start: Tier) -> Wanted:
    """What a call needs. A plugin's wish counts as it is; the conversation begins at `start` and rises with trouble."""
    if ask.tier:
        wished = next((tier for tier in Tier if tier.word == ask.tier), None)
        return Wanted(start if wished is None else wished, f"{ask.plugin or 'a plugin'} wishes for it")
    signals = ask.signals
    steps = (
        (signals.tools_failed // 2, f"{signals.tools_failed} tools failed in a row"),
        (int(signals.files_written >= 3), f"{signals.files_written} files written"),
        (int(signals.images > 0), "there are images"),
        (int(ask.tokens > LONG), f"{ask.tokens} tokens"),
        (int(signals.cut), "the last answer was cut"),
    )
    rises = [(by, why) for by, why in steps if by]
    tier = min(Tier.REASONER, start + sum(by for by, _ in rises))
    return Wanted(Tier(tier), ", ".join(why for _, why in rises) or "nothing stands out")


def above(tier: Tier) -> tuple[Tier, ...]:
    """The tiers over one, the nearest first."""
    return tuple(Tier(value) for value in range(tier + 1, len(Tier)))
