"""What the kernel connects its plugins to: who answers them, who hears them, what they are given. Only the shape."""

from collections.abc import Awaitable, Callable

from msgspec import Raw, Struct

from pegboard.patience import Patience
from pegboard_sdk.wire.manifest import Manifest
from pegboard_sdk.wire.messages import Error, Result
from pegboard_sdk.wire.methods import Setup
from pegboard_sdk.wire.served import Notice


class Wiring(Struct, frozen=True, kw_only=True):
    """`instance` is always a plugin's id, with `@name` where a user has several of it."""

    on_call: Callable[[str, object, str, Raw], Awaitable[Raw]]
    """Answers a plugin's call: instance, the `serving` of the call that it serves, method, parameters."""
    setup_of: Callable[[str, Manifest], Setup] = lambda instance, manifest: Setup()
    """Settings and secrets of an instance; folders and names are filled in."""
    on_notice: Callable[[str, Notice], None] = lambda instance, notice: None
    """Hears what a plugin says on its own, lines of its standard error included."""
    on_late: Callable[[str, object, Result | Error], None] = lambda instance, serving, end: None
    """Hears how a call ended after it was given up; `serving` is None when that is no longer known."""
    patience: Patience = Patience()
    """How long their processes may take for what they owe."""
