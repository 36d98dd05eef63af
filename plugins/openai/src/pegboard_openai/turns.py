"""One entry of a conversation as the chat messages that say it. Pure; which messages may follow which is `dialog`'s.

Opaque data goes back only when it was ours, and reasoning only beside the calls that it led to, under the name that
the server gave it: servers that need it refuse its absence there, the others never sent any.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from pegboard_sdk import File, Image, Message, Outcome, Reasoning, Role, Text, ToolCall, ToolResult

PROVIDER: Final = "openai"
_MARKS: Final = {
    Outcome.FAILED: "[failed]",
    Outcome.DENIED: "[denied]",
    Outcome.CANCELLED: "[cancelled]",
    Outcome.UNKNOWN: "[outcome unknown: the tool may or may not have done it]",
}
_FIELDS: Final = ("reasoning_content", "reasoning")
_decoder: Final = msgspec.json.Decoder()

ChatMessage = dict[str, Any]
"""A message in the server's form."""


class BlobMissing(Exception):
    """An image's bytes did not come with the entry; whoever holds the blob must send the entry again."""


def is_object(text: str) -> bool:
    """Whether a call's arguments are what servers parse: a JSON object."""
    try:
        return isinstance(_decoder.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def chat_message(message: Message, blobs: Mapping[str, bytes]) -> ChatMessage | None:
    """A message of system, user or assistant; None where nothing would be said, which servers refuse."""
    if message.role is Role.ASSISTANT:
        return _assistant(message)
    if any(isinstance(part, Image) for part in message.parts):
        pieces = [_piece(part, blobs) for part in message.parts]
        return {"role": message.role.value, "content": [piece for piece in pieces if piece is not None]}
    text = "\n".join(filter(None, map(_text, message.parts)))
    return {"role": message.role.value, "content": text} if text else None


def tool_message(result: ToolResult) -> ChatMessage:
    """The result of a call as text, marked when it is not a success. Images follow apart: see `shown_images`."""
    lines = [_MARKS[result.outcome]] if result.outcome in _MARKS else []
    lines += [_text(part) or "" for part in result.parts]
    if any(isinstance(part, Image) for part in result.parts):
        lines.append("[the image follows in the next message]")
    return {"role": "tool", "tool_call_id": result.call, "content": "\n".join(filter(None, lines)) or "(no output)"}


def missing_result(call: str) -> ChatMessage:
    """What stands for a result that never came."""
    return {"role": "tool", "tool_call_id": call, "content": "[no result: the call was interrupted]"}


def shown_images(result: ToolResult, blobs: Mapping[str, bytes]) -> list[ChatMessage]:
    """The images of a result as pieces of a user's message: a tool's message holds text alone."""
    images = [part for part in result.parts if isinstance(part, Image)]
    if not images:
        return []
    return [{"type": "text", "text": f"Image from {result.tool}:"}, *(_image(part, blobs) for part in images)]


def _assistant(message: Message) -> ChatMessage | None:
    text = "".join(part.text for part in message.parts if isinstance(part, Text))
    calls = [_call(part) for part in message.parts if isinstance(part, ToolCall)]
    if not calls:
        return {"role": "assistant", "content": text} if text else None
    said: ChatMessage = {"role": "assistant", "content": text or None, "tool_calls": calls}
    for part in message.parts:
        if isinstance(part, Reasoning) and part.opaque is not None and part.opaque.provider == PROVIDER:
            if part.opaque.data.get("field") in _FIELDS:
                said[part.opaque.data["field"]] = part.text
            if "reasoning_details" in part.opaque.data:
                said["reasoning_details"] = part.opaque.data["reasoning_details"]
    return said


def _call(part: ToolCall) -> dict[str, Any]:
    arguments = part.arguments.strip() or "{}"
    if not is_object(arguments):
        # Servers parse what they are sent back, and one broken call would make the conversation unusable.
        arguments = msgspec.json.encode({"invalid_json": part.arguments}).decode()
    said = {"id": part.call, "type": "function", "function": {"name": part.tool, "arguments": arguments}}
    if part.opaque is not None and part.opaque.provider == PROVIDER and "extra_content" in part.opaque.data:
        said["extra_content"] = part.opaque.data["extra_content"]
    return said


def _piece(part: object, blobs: Mapping[str, bytes]) -> dict[str, Any] | None:
    if isinstance(part, Image):
        return _image(part, blobs)
    text = _text(part)
    return {"type": "text", "text": text} if text else None


def _image(part: Image, blobs: Mapping[str, bytes]) -> dict[str, Any]:
    if part.handle not in blobs:
        raise BlobMissing(part.handle)
    data = b64encode(blobs[part.handle]).decode()
    return {"type": "image_url", "image_url": {"url": f"data:{part.media_type};base64,{data}"}}


def _text(part: object) -> str | None:
    if isinstance(part, Text):
        return part.text
    if isinstance(part, File):
        return f"[file {part.name or part.handle}, {part.media_type}]"
    return None
