"""One entry of a conversation as the blocks that say it. Pure; which blocks may follow which is `dialog`'s.

Thinking goes back word for word, in its place and only where it was ours: its signature proves it, and what another
provider thought is nothing that this one could check.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pegboard_sdk import (
    File,
    Image,
    Message,
    Outcome,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
)
from pegboard_sdk.http import MARKS, NO_OUTPUT, NO_RESULT, BlobMissing, is_object

PROVIDER: Final = "anthropic"
IMAGES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp")
_IDENT: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")

Block = dict[str, Any]
"""A content block in the server's form."""

Spoken = Text | Reasoning | Image | File | ToolCall
"""A part of a message or of a result."""


def ident(call: str) -> str:
    """A call's id as the server takes it: other providers give ids that it refuses."""
    return call if _IDENT.fullmatch(call) else f"call_{hashlib.sha256(call.encode()).hexdigest()[:24]}"


def said(message: Message, blobs: Mapping[str, bytes]) -> list[Block]:
    """The blocks of a message; empty where nothing would be said, which the server refuses."""
    if message.role is not Role.ASSISTANT:
        return [block for part in message.parts if (block := _shown(part, blobs)) is not None]
    blocks = [block for part in message.parts if (block := _told(part)) is not None]
    # Thinking that led to nothing, such as before an interrupt, is no message.
    return blocks if any(block["type"] not in ("thinking", "redacted_thinking") for block in blocks) else []


def answered(result: ToolResult, blobs: Mapping[str, bytes]) -> Block:
    """The result of a call, with its images; an error may hold text alone, so one with images says it in words."""
    content = [block for part in result.parts if (block := _shown(part, blobs)) is not None]
    is_error, has_more = result.outcome is not Outcome.OK, any(block["type"] != "text" for block in content)
    if result.outcome in MARKS:
        content.insert(0, {"type": "text", "text": MARKS[result.outcome]})
    told: Block = {"type": "tool_result", "tool_use_id": ident(result.call)}
    told["content"] = content or [{"type": "text", "text": NO_OUTPUT}]
    return told | ({"is_error": True} if is_error and not has_more else {})


def unanswered(call: str) -> Block:
    """What stands for a result that never came."""
    return {"type": "tool_result", "tool_use_id": ident(call), "content": NO_RESULT, "is_error": True}


def _told(part: Spoken) -> Block | None:
    own = part.opaque.data if part.opaque is not None and part.opaque.provider == PROVIDER else {}
    match part:
        case Text() if part.text.strip():
            return {"type": "text", "text": part.text} | ({"citations": own["citations"]} if "citations" in own else {})
        case ToolCall():
            name = re.sub(r"[^a-zA-Z0-9_-]", "_", part.tool)[:128] or "unknown"
            return {"type": "tool_use", "id": ident(part.call), "name": name, "input": _input(part.arguments)}
        case Reasoning() if "signature" in own:
            return {"type": "thinking", "thinking": part.text, "signature": own["signature"]}
        case Reasoning() if "block" in own:
            return dict(own["block"])
    return None


def _input(arguments: str) -> msgspec.Raw | dict[str, str]:
    """The arguments as they were written; the server takes nothing but an object."""
    text = arguments.strip() or "{}"
    return msgspec.Raw(text.encode()) if is_object(text) else {"invalid_json": arguments}


def _shown(part: Spoken, blobs: Mapping[str, bytes]) -> Block | None:
    match part:
        case Text():
            return {"type": "text", "text": part.text} if part.text.strip() else None
        case Image() if part.media_type in IMAGES:
            if part.handle not in blobs:
                raise BlobMissing(part.handle)
            return {"type": "image", "source": _bytes(part.media_type, blobs[part.handle])}
        case Image():
            return {"type": "text", "text": f"[an image of type {part.media_type}, which this model cannot be shown]"}
        case File():
            return _document(part, blobs.get(part.handle))
    return None


def _document(part: File, data: bytes | None) -> Block:
    name = part.name or part.handle
    if data is not None and part.media_type == "application/pdf":
        return {"type": "document", "title": name, "source": _bytes(part.media_type, data)}
    if data is not None and part.media_type.startswith("text/"):
        source = {"type": "text", "media_type": "text/plain", "data": data.decode("utf-8", "replace")}
        return {"type": "document", "title": name, "source": source}
    return {"type": "text", "text": f"[file {name}, {part.media_type}]"}


def _bytes(media_type: str, data: bytes) -> Block:
    return {"type": "base64", "media_type": media_type, "data": b64encode(data).decode()}
