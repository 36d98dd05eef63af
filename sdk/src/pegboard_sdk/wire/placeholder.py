"""What stands in the place of a secret, in all that is kept and shown, and where a call may name it. Pure."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.wire.codec import JsonObject

PLACEHOLDER: Final = re.compile(r"⟦secret:[^⟧\n]*⟧")


def check_placeholders(arguments: JsonObject, *, edits: bool) -> None:
    """Raises InvalidParams for a placeholder anywhere but in the text that an edit is to replace."""
    rest = _with_old_text(arguments, lambda text: "") if edits else arguments
    for name, value in rest.items():
        found = PLACEHOLDER.search(msgspec.json.encode({name: value}).decode())
        if found:
            raise InvalidParams(
                f"`{name}` holds {found[0]}, which stands for a secret that you are not shown; it would be taken word "
                "for word. It may stand only in the `old_str` of an edit, where it matches the secret"
            )


def revealed(arguments: JsonObject, reveal: Callable[[str], str]) -> JsonObject:
    """The arguments as the tool gets them: the secret put back where an edit is to find it."""
    return _with_old_text(arguments, reveal)


def _with_old_text(arguments: JsonObject, change: Callable[[str], str]) -> JsonObject:
    def inner(value: object, name: str = "") -> object:
        if isinstance(value, dict):
            return {key: inner(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [inner(each) for each in value]
        return change(value) if isinstance(value, str) and name == "old_str" else value

    return {name: inner(value, name) for name, value in arguments.items()}
