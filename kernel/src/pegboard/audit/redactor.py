"""What keeps secrets out of all that is kept and shown, as others see it; who knows the secrets is not known here."""

from typing import Protocol, TypeVar

from msgspec.structs import replace

from pegboard_sdk.wire.records import AnyRecord, Failure, Question, Text, ToolResult

S = TypeVar("S", str, bytes)
R = TypeVar("R", bound=AnyRecord)


class Stream(Protocol):
    """Output that comes in pieces."""

    def feed(self, data: bytes) -> bytes:
        """What can be shown by now: the beginning of what may become a secret is held back."""

    def close(self) -> bytes:
        """The rest."""


class Redactor(Protocol):
    """Knows the secrets of a session, and puts placeholders in their place."""

    def of(self, source: str) -> "Redactor":
        """The same for texts of one plugin: it alone is given back what it has shown."""

    def redact(self, text: S) -> S:
        """The text without secrets; a second time changes nothing."""

    def stream(self) -> Stream:
        """For output that comes in pieces."""

    def reveal(self, text: str) -> str:
        """The text with the secrets that its placeholders stand for; of placeholders that are not known, as it is."""


class Identity:
    """Knows no secret."""

    def of(self, source: str) -> "Identity":
        return self

    def redact(self, text: S) -> S:
        return text

    def stream(self) -> "Identity":
        return self

    def reveal(self, text: str) -> str:
        return text

    def feed(self, data: bytes) -> bytes:
        return data

    def close(self) -> bytes:
        return b""


def redacted(record: R, redactor: Redactor) -> R:
    """A record as it is kept and shown, where it holds what a tool, a file or a person gave."""
    hide = redactor.redact
    match record:
        case ToolResult():
            parts = tuple(
                replace(part, text=hide(part.text)) if isinstance(part, Text) else part for part in record.parts
            )
            said = {name: hide(getattr(record, name)) for name in ("note", "origin", "shown")}
            return replace(record, parts=parts, **said)
        case Question():
            return replace(record, text=hide(record.text), diff=hide(record.diff))
        case Failure():
            return replace(record, message=hide(record.message))
        case _:
            return record
