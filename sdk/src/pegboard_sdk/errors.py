"""The errors that cross the wire: one tree, one stable string code each. Kernel-only errors live in the kernel."""

from enum import IntEnum
from typing import ClassVar


class Effect(IntEnum):
    """What a failed call did to the world before it failed."""

    NONE = 0
    UNKNOWN = 1
    DONE = 2


class PegboardError(Exception):
    """Any failure that has a code. `effect` says what was done before it, `retry_ms` when a repeat may help."""

    code: ClassVar[str] = "INTERNAL"
    default_effect: ClassVar[Effect] = Effect.UNKNOWN

    def __init__(self, message: str = "", *, effect: Effect | None = None, retry_ms: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.effect = self.default_effect if effect is None else effect
        self.retry_ms = retry_ms


class Internal(PegboardError):
    """A fault of the side that answered."""

    code = "INTERNAL"


class Refused(PegboardError):
    """Base of the errors that are raised before anything was done."""

    default_effect = Effect.NONE


class MethodNotFound(Refused):
    """The peer has no such method, tool, model or command."""

    code = "METHOD_NOT_FOUND"


class InvalidParams(Refused):
    """The parameters do not fit the method; the message says where and what would fit."""

    code = "INVALID_PARAMS"


class InvalidMessage(Refused):
    """A frame whose kind and id could be read, but whose fields could not."""

    code = "INVALID_MESSAGE"


class NotReady(Refused):
    """The peer cannot take calls yet, or no longer."""

    code = "NOT_READY"


class Busy(Refused):
    """More calls are open than the peer takes."""

    code = "BUSY"


class DeadlineExceeded(PegboardError):
    """The call did not end in the time that it had."""

    code = "DEADLINE"


class CallCancelled(PegboardError):
    """The call was cancelled before it ended."""

    code = "CANCELLED"


class PermissionDenied(Refused):
    """The gate, the manifest or the user does not allow it."""

    code = "PERMISSION_DENIED"


class Unauthenticated(Refused):
    """A credential is missing or was not accepted."""

    code = "UNAUTHENTICATED"


class NotFound(Refused):
    """What the parameters name does not exist."""

    code = "NOT_FOUND"


class Conflict(Refused):
    """The state that the caller assumed is not the state that is."""

    code = "CONFLICT"


class Unsupported(Refused):
    """The peer understands the call and cannot do it here."""

    code = "UNSUPPORTED"


class TooLarge(Refused):
    """A value is larger than a limit."""

    code = "TOO_LARGE"


class FlowControl(PegboardError):
    """Stream data beyond the credit."""

    code = "FLOW_CONTROL"


class RateLimited(Refused):
    """Asked too often; `retry_ms` says when to come back."""

    code = "RATE_LIMITED"


class OverBudget(Refused):
    """A model call that would cost more than is left to spend."""

    code = "BUDGET"


class Upstream(PegboardError):
    """A service behind the peer failed."""

    code = "UPSTREAM"


class ProtocolViolation(PegboardError):
    """The other side broke PWP/1; the connection is over."""

    code = "PROTOCOL"


class ChannelPolluted(ProtocolViolation):
    """Something printed on the channel: a `print`, a child process, a banner."""


class FrameTruncated(ProtocolViolation):
    """The channel ended inside a frame."""


class PluginDown(PegboardError):
    """The plugin's process ended before it answered. Made by the kernel alone, as are those below."""

    code = "PLUGIN_DOWN"


class StartFailed(Refused):
    """The plugin could not be started or did not greet."""

    code = "START_FAILED"


class Unresponsive(PegboardError):
    """The plugin stopped answering and was killed."""

    code = "UNRESPONSIVE"


class VersionMismatch(StartFailed):
    """No wire major in common."""

    code = "VERSION_MISMATCH"


class ManifestMismatch(StartFailed):
    """The running plugin is not what its manifest says."""

    code = "MANIFEST_MISMATCH"


def error_types() -> dict[str, type[PegboardError]]:
    """Every code with its type; subclasses that share a code are represented by their base."""
    found: dict[str, type[PegboardError]] = {}
    pending: list[type[PegboardError]] = [PegboardError]
    while pending:
        kind = pending.pop(0)
        if kind is not Refused and kind is not PegboardError:
            found.setdefault(kind.code, kind)
        pending.extend(kind.__subclasses__())
    return found


def error_from(code: str, message: str, effect: int, retry_ms: int | None = None) -> PegboardError:
    """The error for a code from the wire; a code that we do not know becomes Internal and is named in the message."""
    kind = error_types().get(code)
    known = Effect(effect) if effect in (0, 1, 2) else Effect.UNKNOWN
    if kind is None:
        return Internal(f"{code}: {message}", effect=known, retry_ms=retry_ms)
    return kind(message, effect=known, retry_ms=retry_ms)
