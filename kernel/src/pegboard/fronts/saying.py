"""From what a person said to a message: the text, and what was pasted as blobs."""

from typing import Final

from pegboard.journal.blobs import Blobs
from pegboard_sdk.wire.fronting import Prompted
from pegboard_sdk.wire.records import Image, Message, Role, Text

REQUEST: Final = "the user's request"


async def message_of(said: Prompted, blobs: Blobs) -> Message:
    """The message, with its images kept. Raises what a full disk does."""
    images = [Image(handle=await blobs.put(each.data), media_type=each.media_type) for each in said.attachments]
    return Message(role=Role.USER, parts=(*([Text(text=said.text)] if said.text else []), *images), pinned=REQUEST)
