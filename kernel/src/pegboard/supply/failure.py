"""How supply fails. None of these has a code of its own, so that no plugin can send one."""

from pegboard_sdk.errors import InvalidParams, PermissionDenied, StartFailed


class TreeRefused(StartFailed):
    """A folder holds what no plugin may hold, or is not what was accepted; the message names it."""


class WheelRefused(InvalidParams):
    """A file cannot be installed; the message says what is wrong with it."""


class LockBroken(PermissionDenied):
    """A lock cannot be read or trusted. Nothing that it should pin starts."""


class NotAccepted(PermissionDenied):
    """Nobody accepted what was to be installed."""
