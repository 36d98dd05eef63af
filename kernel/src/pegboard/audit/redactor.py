"""What keeps secrets out of all that is kept and shown, as others see it; who knows the secrets is not known here."""

import re
from typing import Final, Protocol, TypeVar

from msgspec.structs import replace

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.records import AnyRecord, Failure, Question, Text, ToolResult

S = TypeVar("S", str, bytes)
R = TypeVar("R", bound=AnyRecord)

PLACEHOLDER: Final = re.compile(r"⟦secret:[^⟧\n]*⟧")
"""What stands in the place of a secret, everywhere but in the process of the tool that is given it back."""


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


def check_placeholders(arguments: JsonObject, *, edits: bool) -> None:
    """Raises InvalidParams for a placeholder anywhere but in the text that an edit is to replace."""
    for path, text in _texts(arguments):
        found = PLACEHOLDER.search(text)
        if found and not (edits and path.rpartition(".")[2] == "old_str"):
            raise InvalidParams(
                f"`{path}` holds {found[0]}, which stands for a secret that you are not shown; it would be taken word "
                "for word. It may stand only in the `old_str` of an edit, where it matches the secret"
            )


def revealed(arguments: JsonObject, redactor: Redactor) -> JsonObject:
    """The arguments as the tool gets them: the secret put back where an edit is to find it."""

    def inner(value: object, name: str) -> object:
        if isinstance(value, dict):
            return {key: inner(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [inner(each, name) for each in value]
        return redactor.reveal(value) if isinstance(value, str) and name == "old_str" else value

    return {name: inner(value, name) for name, value in arguments.items()}


def _texts(value: object, path: str = "") -> "list[tuple[str, str]]":
    if isinstance(value, str):
        return [(path, value)]
    if isinstance(value, dict):
        named = [*[(f"{path}.{key}".lstrip("."), each) for key, each in value.items()], *((path, key) for key in value)]
        return [found for where, each in named for found in _texts(each, where)]
    if isinstance(value, list):
        return [found for index, each in enumerate(value) for found in _texts(each, f"{path}[{index}]")]
    return []
