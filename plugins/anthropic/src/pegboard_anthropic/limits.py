"""How long an answer may be, learnt from the server's refusal of a longer one. Pure."""

import re
from typing import Final

_MODEL: Final = re.compile(r"max_tokens: (\d+) > (\d+)")
_CONTEXT: Final = re.compile(r"exceed context limit: (\d+) \+ (\d+) > (\d+)")
LEAST: Final = 1_024
"""Tokens; where fewer are left, the conversation is too long."""


def lowered(said: str, asked: int) -> int | None:
    """The length that a refused request should have asked for, None where that is not what was wrong with it."""
    if found := _MODEL.search(said):
        most = int(found[2])
        return most if 0 < most < asked else None
    if found := _CONTEXT.search(said):
        left = int(found[3]) - int(found[1])
        return left if LEAST <= left < asked else None
    return None
