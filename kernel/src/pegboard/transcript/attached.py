"""Which blobs a part of a conversation shows: images and files, whose bytes go to a provider with it."""

from collections.abc import Iterable

from pegboard_sdk.wire.methods import Entry
from pegboard_sdk.wire.records import File, Image


def attached(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Their handles, each once, in the order in which they are shown."""
    parts = (part for entry in entries for part in entry.parts)
    return tuple(dict.fromkeys(part.handle for part in parts if isinstance(part, Image | File)))
