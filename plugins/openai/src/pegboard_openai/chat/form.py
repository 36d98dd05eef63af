"""One entry of a conversation as the chat messages that say it. Pure; which messages may follow which is `dialog`'s.

Opaque data goes back only to the server that gave it, and reasoning only beside the calls that it led to, under the
name that the server gave it: servers that need it refuse its absence there, the others never sent any.
"""

from collections.abc import Mapping
from typing import Any, Final

from pegboard_openai.profile import Profile
from pegboard_openai.profiles import GENERIC
from pegboard_openai.said import (
    Part,
    data_url,
    is_document,
    own,
    result_text,
    sound_arguments,
    strict_id,
    text_file,
    text_of,
)
from pegboard_sdk import File, Image, Message, Reasoning, Role, Text, ToolCall, ToolResult
from pegboard_sdk.http import NO_RESULT

_FIELDS: Final = ("reasoning_content", "reasoning")

ChatMessage = dict[str, Any]
"""A message in the server's form."""


class ChatForm:
    """How the server at `at` wants messages."""

    def __init__(self, profile: Profile = GENERIC, at: str = "") -> None:
        self._profile = profile
        self._place = at

    def said(self, message: Message, blobs: Mapping[str, bytes]) -> list[ChatMessage]:
        """A message of system, user or assistant; none where nothing would be said, which servers refuse."""
        if message.role is Role.ASSISTANT:
            return self._assistant(message)
        if any(isinstance(part, Image | File) for part in message.parts):
            pieces = [piece for part in message.parts if (piece := self._piece(part, blobs))]
            return [{"role": message.role.value, "content": pieces}] if pieces else []
        text = "\n".join(filter(None, map(text_of, message.parts)))
        return [{"role": message.role.value, "content": text}] if text else []

    def result(self, result: ToolResult, blobs: Mapping[str, bytes]) -> ChatMessage:
        """The result of a call as text. Images follow apart: see `shown`."""
        text = result_text(result, where="[the image follows in the next message]")
        return {"role": "tool", "tool_call_id": self._id(result.call), "content": text}

    def missing(self, call: str) -> ChatMessage:
        """What stands for a result that never came."""
        return {"role": "tool", "tool_call_id": self._id(call), "content": NO_RESULT}

    def shown(self, result: ToolResult, blobs: Mapping[str, bytes]) -> list[ChatMessage]:
        """The images of a result as pieces of a user's message: a tool's message holds text alone."""
        images = [part for part in result.parts if isinstance(part, Image)]
        if not images:
            return []
        return [{"type": "text", "text": f"Image from {result.tool}:"}, *(_image(part, blobs) for part in images)]

    def showing(self, pieces: list[ChatMessage]) -> ChatMessage:
        """The message that shows pieces of `shown`."""
        return {"role": "user", "content": pieces}

    def _id(self, call: str) -> str:
        return strict_id(call) if self._profile.strict_ids else call

    def _assistant(self, message: Message) -> list[ChatMessage]:
        text = "".join(part.text for part in message.parts if isinstance(part, Text))
        calls = [self._call(part) for part in message.parts if isinstance(part, ToolCall)]
        if not calls:
            return [{"role": "assistant", "content": text}] if text else []
        said: ChatMessage = {"role": "assistant", "content": text or None, "tool_calls": calls}
        if self._profile.thought:
            said[self._profile.thought] = ""
        for part in message.parts:
            data = own(part.opaque, self._place) if isinstance(part, Reasoning) else {}
            if data.get("field") in _FIELDS and isinstance(part, Reasoning):
                said[data["field"]] = part.text
            if "reasoning_details" in data:
                said["reasoning_details"] = data["reasoning_details"]
        return [said]

    def _call(self, part: ToolCall) -> dict[str, Any]:
        function = {"name": part.tool, "arguments": sound_arguments(part.arguments)}
        said = {"id": self._id(part.call), "type": "function", "function": function}
        extra = own(part.opaque, self._place).get("extra_content") or self._profile.call_extra
        return {**said, "extra_content": extra} if extra else said

    def _piece(self, part: Part, blobs: Mapping[str, bytes]) -> dict[str, Any] | None:
        if isinstance(part, Image):
            return _image(part, blobs)
        if isinstance(part, File) and self._profile.has_files and is_document(part, blobs):
            file = {"filename": part.name or "document.pdf", "file_data": data_url(part, blobs)}
            return {"type": "file", "file": file}
        text = (text_file(part, blobs) if isinstance(part, File) else None) or text_of(part)
        return {"type": "text", "text": text} if text else None


def _image(part: Image, blobs: Mapping[str, bytes]) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": data_url(part, blobs)}}
