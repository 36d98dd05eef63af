"""One entry of a conversation as the items that say it. Pure; which items may follow which is `dialog`'s.

Encrypted reasoning goes back only to the server that encrypted it, and only in front of what it led to.
"""

from collections.abc import Mapping
from typing import Any

from pegboard_openai.profile import Profile
from pegboard_openai.profiles import GENERIC
from pegboard_openai.said import (
    Part,
    data_url,
    is_document,
    own,
    result_text,
    sound_arguments,
    text_file,
    text_of,
)
from pegboard_sdk import File, Image, Message, Reasoning, Role, Text, ToolCall, ToolResult
from pegboard_sdk.http import NO_RESULT

Item = dict[str, Any]
"""An item in the server's form."""


class ItemForm:
    """How the server at `at` wants items."""

    def __init__(self, profile: Profile = GENERIC, at: str = "") -> None:
        self._profile = profile
        self._place = at

    def said(self, message: Message, blobs: Mapping[str, bytes]) -> list[Item]:
        """A message of system, user or assistant; none where nothing would be said."""
        if message.role is Role.ASSISTANT:
            return self._assistant(message)
        content = [piece for part in message.parts if (piece := self._piece(part, blobs))]
        return [{"type": "message", "role": message.role.value, "content": content}] if content else []

    def result(self, result: ToolResult, blobs: Mapping[str, bytes]) -> Item:
        """The result of a call, its images with it."""
        text = result_text(result)
        images = [_image(part, blobs) for part in result.parts if isinstance(part, Image)]
        output = [{"type": "input_text", "text": text}, *images] if images else text
        return {"type": "function_call_output", "call_id": result.call, "output": output}

    def missing(self, call: str) -> Item:
        """What stands for a result that never came."""
        return {"type": "function_call_output", "call_id": call, "output": NO_RESULT}

    def shown(self, result: ToolResult, blobs: Mapping[str, bytes]) -> list[Item]:
        """Nothing: images are in the result itself."""
        return []

    def showing(self, pieces: list[Item]) -> Item:
        """The message that shows pieces of `shown`."""
        return {"type": "message", "role": "user", "content": pieces}

    def _assistant(self, message: Message) -> list[Item]:
        items: list[Item] = []
        secret: Item | None = None
        for part in message.parts:
            if isinstance(part, Reasoning):
                secret = own(part.opaque, self._place).get("item")
                continue
            item = _item(part)
            if item is None:
                continue
            items += [item] if secret is None else [secret, item]
            secret = None
        return items

    def _piece(self, part: Part, blobs: Mapping[str, bytes]) -> Item | None:
        if isinstance(part, Image):
            return _image(part, blobs)
        if isinstance(part, File) and self._profile.has_files and is_document(part, blobs):
            return {"type": "input_file", "filename": part.name or "document.pdf", "file_data": data_url(part, blobs)}
        text = (text_file(part, blobs) if isinstance(part, File) else None) or text_of(part)
        return {"type": "input_text", "text": text} if text else None


def _item(part: Part) -> Item | None:
    if isinstance(part, ToolCall):
        arguments = sound_arguments(part.arguments)
        return {"type": "function_call", "call_id": part.call, "name": part.tool, "arguments": arguments}
    if isinstance(part, Text) and part.text:
        return {"type": "message", "role": "assistant", "content": part.text}
    return None


def _image(part: Image, blobs: Mapping[str, bytes]) -> Item:
    return {"type": "input_image", "image_url": data_url(part, blobs)}
