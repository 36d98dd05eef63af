"""From what a person said to a message: the text, and what was pasted as blobs."""

from typing import Final

from pegboard.journal.blobs import Blobs
from pegboard_sdk.wire.fronting import Prompted
from pegboard_sdk.wire.records import Image, Message, MessagePart, Role, Text

REQUEST: Final = "the user's request"


async def message_of(said: Prompted, blobs: Blobs) -> Message:
    """The message, with its images kept. Raises what a full disk does."""
    parts: list[MessagePart] = [Text(text=said.text)] if said.text else []
    for each in said.attachments:
        parts.append(Image(handle=await blobs.put(each.data), media_type=each.media_type))
    return Message(role=Role.USER, parts=tuple(parts), pinned=REQUEST)
