"""A check: a name that stays the same, and a function whose docstring says what holds."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from pegboard_sdk.conformance.bench import Bench


class Check(Struct, frozen=True):
    """`run` raises Broken when it does not hold, Unseen when that cannot be told with this plugin."""

    name: str
    run: "Callable[[Bench], None]"

    @property
    def says(self) -> str:
        """What holds, on one line."""
        return " ".join((self.run.__doc__ or "").split()).rstrip(".")
