"""What `[plugin.compact]` may say."""

from enum import Enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from pegboard_sdk import InvalidParams

Share = Annotated[float, Meta(ge=0.05, le=0.75)]


class Level(Enum):
    """How much of the old turns goes: their results, the turns, or the turns with a model's word for them."""

    LIGHT = "light"
    MEDIUM = "medium"
    HEAVY = "heavy"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    target: Share = 0.5
    """So much of the context is to be left, where more than that can go."""
    recent: Share = 0.3
    """So much of that belongs to the newest turns, which stay whole."""
    gain: Annotated[float, Meta(ge=0, le=0.75)] = 0.15
    """What less than this part would be won for is not done, unless it cannot wait."""
    cached_price: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """What a token costs that a provider's cache has, as a part of what others cost."""
    summary_tokens: Annotated[int, Meta(ge=100, le=20_000)] = 1200
    source_tokens: Annotated[int, Meta(ge=1000, le=200_000)] = 24_000
    """The most that a model is given to summarise."""
    level: Level = Level.HEAVY
    """The most that is done; a person may say another with `/compact LEVEL`."""
    model: bool = True
    """Whether a model writes summaries; without, they are lists."""
    tier: str = "scout"
    """Of the model that does, where a router knows tiers."""


def settings_from(given: dict[str, Any]) -> Settings:
    """Raises InvalidParams with the key that is wrong."""
    try:
        return msgspec.convert(given, Settings)
    except (msgspec.ValidationError, RecursionError, ValueError, OverflowError) as error:
        raise InvalidParams(f"[plugin.compact]: {error}; its README lists the settings") from error
