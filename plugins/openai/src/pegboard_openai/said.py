"""What parts of a message say in words, and what they must be for servers to take them. Pure; the same for both ways of
asking."""

import hashlib
import secrets
import string
from base64 import b64encode
from collections.abc import Container, Mapping
from typing import Any, Final

import msgspec

from pegboard_sdk import File, Image, Opaque, Reasoning, Text, ToolCall, ToolResult
from pegboard_sdk.http import MARKS, NO_OUTPUT, BlobMissing, is_object

PROVIDER: Final = "openai"
Part = Text | Reasoning | Image | File | ToolCall
"""What messages and results consist of."""
_ALPHABET: Final = string.ascii_letters + string.digits
_STRICT_LENGTH: Final = 9


def sound_arguments(text: str) -> str:
    """A call's arguments as servers take them: they parse what they are sent back, and one broken call would make the
    conversation unusable."""
    arguments = text.strip() or "{}"
    return arguments if is_object(arguments) else msgspec.json.encode({"invalid_json": text}).decode()


def strict_id(call: str) -> str:
    """The id of a call as nine letters and digits; the same for the same id."""
    if len(call) == _STRICT_LENGTH and call.isascii() and call.isalnum():
        return call
    number = int.from_bytes(hashlib.sha256(call.encode()).digest()[:8])
    digits = []
    for _ in range(_STRICT_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def fresh_id(given: str, *taken: Container[str]) -> str:
    """The server's id where it is usable, else one that every server accepts: nine letters and digits."""
    call = given
    while not call or any(call in known for known in taken):
        call = "".join(secrets.choice(_ALPHABET) for _ in range(_STRICT_LENGTH))
    return call


def own(opaque: Opaque | None, at: str) -> dict[str, Any]:
    """What the server at `at` said that it alone understands; empty when it was another's."""
    is_ours = opaque is not None and opaque.provider == PROVIDER and opaque.data.get("at", "") == at
    return opaque.data if is_ours and opaque is not None else {}


def signed(data: dict[str, Any], at: str) -> Opaque | None:
    """`data` for the server at `at` alone; None where there is none."""
    if not data:
        return None
    return Opaque(provider=PROVIDER, data={"at": at, **data} if at else data)


def text_of(part: Part) -> str:
    """A part in words; empty where it has none."""
    if isinstance(part, Text):
        return part.text
    if isinstance(part, File):
        return f"[file {part.name or part.handle}, {part.media_type}]"
    return ""


def result_text(result: ToolResult, *, where: str = "") -> str:
    """A result in words, marked when it is not a success. `where` says where its images are."""
    lines = [MARKS[result.outcome]] if result.outcome in MARKS else []
    lines += [text_of(part) for part in result.parts]
    if where and any(isinstance(part, Image) for part in result.parts):
        lines.append(where)
    return "\n".join(filter(None, lines)) or NO_OUTPUT


def data_url(part: Image | File, blobs: Mapping[str, bytes]) -> str:
    """The bytes of a part in a URL. Raises BlobMissing."""
    if part.handle not in blobs:
        raise BlobMissing(part.handle)
    return f"data:{part.media_type};base64,{b64encode(blobs[part.handle]).decode()}"


def text_file(part: File, blobs: Mapping[str, bytes]) -> str | None:
    """A file that is text, with its name; None for one that is not, or whose bytes did not come."""
    data = blobs.get(part.handle)
    if data is None or not (part.media_type.startswith("text/") or part.media_type == "application/json"):
        return None
    name = part.name or part.handle
    return f"[file {name}]\n{data.decode('utf-8', 'replace')}\n[end of {name}]"


def is_document(part: File, blobs: Mapping[str, bytes]) -> bool:
    """Whether a file is a document that endpoints with a reader for such take."""
    return part.media_type == "application/pdf" and part.handle in blobs
