"""One call of the kernel's that was found and whose parameters fit, whatever it is of."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Final

from pegboard_sdk.plugin import Declaration, ToolFailed
from pegboard_sdk.signature import Signature
from pegboard_sdk.wire.codec import encoder
from pegboard_sdk.wire.methods import CommandGrant, FileGrant

_NOTHING: Final[dict[str, Any]] = {}


class Job(ABC):
    """One call that was found and whose parameters fit.

    `subject` is what it calls, for whoever learns how slow that is.
    """

    session = ""
    call = ""
    turn = 0
    files: dict[str, FileGrant] = _NOTHING
    commands: dict[str, CommandGrant] = _NOTHING
    subject: object = None
    wants_context = True
    is_main = False
    """Whether it is to have the main thread, where handlers run in threads."""

    @property
    def descriptors(self) -> int:
        """How many came with it."""
        slots = [grant.slot for grant in self.files.values()]
        slots += [slot for grant in self.commands.values() for slot in (grant.control, grant.output)]
        return 1 + max(slots, default=-1)

    @property
    def is_async(self) -> bool:
        """Whether `run` gives a coroutine."""
        return isinstance(self.subject, Declaration) and Signature.is_coroutine(self.subject.signature.function)

    @abstractmethod
    def run(self, context: object) -> object:
        """Call the function. A coroutine where the function is one."""

    def encode(self, value: object, _written: Sequence[str | bytes] = ()) -> bytes:
        """The value for the wire, in MessagePack. `written` is what was to be streamed before it and could not be."""
        return encoder.encode(value)

    def failed(self, _failure: ToolFailed) -> object:
        """The value for a `ToolFailed`, where the method has one."""
        return None
