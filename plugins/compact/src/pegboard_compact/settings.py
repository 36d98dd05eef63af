"""What `[plugin.compact]` may say."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from pegboard_sdk import InvalidParams

Share = Annotated[float, Meta(ge=0.05, le=0.75)]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    target: Share = 0.5
    """So much of the context is to be left, where more than that can go."""
    recent: Share = 0.3
    """So much of that belongs to the newest turns, which stay whole."""
    gain: Annotated[float, Meta(ge=0, le=0.75)] = 0.15
    """What less than this part would be won for is not done: the provider's cache is worth more."""
    summary_tokens: Annotated[int, Meta(ge=100, le=20_000)] = 1200
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
