"""Which front-end `peg` alone begins: an installed one where there is a terminal to drive, else line by line."""

import sys
from typing import Final

from pegboard.registry import Registry
from pegboard_sdk.errors import NotFound

PLAIN: Final = "plain"
DEFAULT: Final = "terminal"


def chosen_front(wanted: str, registry: Registry, *, plain: bool) -> str:
    """The channel; empty means line by line. Raises NotFound for one that was asked for and cannot be used."""
    if plain or wanted == PLAIN or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return ""
    if wanted and wanted not in registry.channels.available:
        known = ", ".join((*registry.channels.available, PLAIN))
        raise NotFound(f"`frontend = {wanted}`: no plugin that may be used here has this channel; there are {known}")
    channel = wanted or DEFAULT
    return channel if channel in registry.channels.available else ""
