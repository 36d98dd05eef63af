"""The settings of the front-end, `[plugin.terminal]` in the configuration. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from pegboard_sdk.errors import InvalidParams


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """How the terminal is to be used."""

    theme: str = "dark"
    plain: bool = False
    """Lines only: nothing is redrawn, nothing spins. For screen readers and terminals that know nothing."""
    title: bool = True
    """Whether the window's title says what goes on."""
    notify: bool = True
    """Whether a question, and a long run's end, ring the bell."""
    notify_after_s: float = 20.0
    """How long a run has to last for that."""


def settings_of(table: Mapping[str, Any]) -> Settings:
    """Raises InvalidParams with the key that is wrong and what would be right."""
    try:
        return msgspec.convert(dict(table), Settings)
    except msgspec.ValidationError as error:
        keys = ", ".join(Settings.__struct_fields__)
        raise InvalidParams(f"[plugin.terminal]: {error}; its keys are {keys}") from None
