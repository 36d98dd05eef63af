"""How a conversation is named by a hash that grows with it, so that each provider gets only what is new."""

import hashlib
from typing import Final

from pegboard_sdk.wire.codec import encoder
from pegboard_sdk.wire.methods import Base, Entry

EMPTY: Final = Base()
"""The base of a conversation of which nothing is held."""


def extended(base: Base, entry: Entry) -> Base:
    """The base after one more entry: SHA-256 over the hash before and the entry's MessagePack form."""
    digest = hashlib.sha256(bytes.fromhex(base.sha256) + encoder.encode(entry))
    return Base(count=base.count + 1, sha256=digest.hexdigest())
