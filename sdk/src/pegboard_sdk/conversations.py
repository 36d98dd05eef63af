"""Which conversations a provider holds, so that each request carries only what is new. A bounded cache, no truth."""

from collections import OrderedDict
from typing import Final

from pegboard_sdk.errors import Conflict
from pegboard_sdk.wire.methods import Base, Entry, StreamModel

MOST_HELD: Final = 32
"""Conversations; the one that was used longest ago leaves first."""


class _Held:
    """One conversation: its entries, and its base after each of them."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.bases: list[Base] = [Base()]


class Conversations:
    """The conversations of one process. Not for several threads at once within one conversation."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def entries(self, request: StreamModel) -> tuple[Entry, ...]:
        """All entries of a request: those held up to its base, then its own, which are held from now on.

        Raises Conflict when its base is not a state that is held.
        """
        held = self._held.pop(request.conversation, None) or _Held()
        count = request.base.count
        if count >= len(held.bases) or held.bases[count] != request.base:
            raise Conflict(f"conversation `{request.conversation}` is not held up to entry {count}; send it whole")
        del held.entries[count:], held.bases[count + 1 :]
        # Hashing is for providers only: everyone else starts without it.
        from pegboard_sdk.wire.conversation import extended  # noqa: PLC0415

        for entry in request.append:
            held.entries.append(entry)
            held.bases.append(extended(held.bases[-1], entry))
        self._held[request.conversation] = held
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)
        return tuple(held.entries)
