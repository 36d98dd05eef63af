"""An error as servers put it into a body or into the middle of a stream, in all the shapes that are known. No I/O."""

from typing import Any, Final

import msgspec
from msgspec import Struct

BAD_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""All that decoding foreign JSON can raise; the last two are not msgspec errors."""


class Fault(Struct, frozen=True):
    """What went wrong, in the server's words."""

    message: str | None = ""
    type: str | None = None
    code: str | int | None = None


class Reported(Exception):
    """The server reported a fault in the middle of its answer."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class _Body(Struct, frozen=True):
    error: Fault | str | None = None
    message: str | list[Any] | dict[str, Any] | None = None
    detail: str | list[Any] | dict[str, Any] | None = None
    code: str | int | None = None
    type: str | None = None


_decoder: Final = msgspec.json.Decoder(_Body | list[_Body])


def fault_of(body: bytes) -> Fault:
    """The fault that a refusal's body tells, be it an event of a stream; its first words where it is no JSON."""
    try:
        found = _decoder.decode(body.removeprefix(b"data:").partition(b"\n\n")[0] if body[:5] == b"data:" else body)
    except BAD_JSON:
        return Fault(message=" ".join(body[:300].decode("utf-8", "replace").split()))
    told = (found[0] if found else _Body()) if isinstance(found, list) else found
    if isinstance(told.error, Fault):
        return told.error
    said = told.error or _words(told.message) or _words(told.detail)
    return Fault(message=said, code=told.code, type=told.type)


def _words(value: object) -> str:
    """What a validator's list of complaints, or whatever stands there, says in words."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(filter(None, map(_words, value)))
    if isinstance(value, dict):
        where = ".".join(map(str, value.get("loc", ()))) if isinstance(value.get("loc"), list) else ""
        said = _words(value.get("msg") or value.get("message") or value.get("detail") or "")
        return f"{where}: {said}" if where and said else said
    return ""
