"""A recorded turn said again, piece by piece, as if it were just being thought of."""

import re
from collections.abc import Iterator
from typing import Final

from pegboard_sdk import Delta, Message, Reasoning, Text, ToolCall

_WORDS: Final = re.compile(r"\s*\S+")


def deltas(message: Message) -> Iterator[Delta]:
    """The pieces of a message: texts and reasoning word by word, the arguments of a call at once."""
    for part in message.parts:
        if isinstance(part, ToolCall):
            yield Delta(stream="arguments", text=part.arguments, call=part.call)
        elif isinstance(part, Text | Reasoning):
            stream = "text" if isinstance(part, Text) else "reasoning"
            yield from (Delta(stream=stream, text=word) for word in words(part.text))


def words(text: str) -> list[str]:
    """`text` cut before each word; joined, it is `text` again."""
    found = _WORDS.findall(text)
    rest = text[sum(map(len, found)) :]
    return [*found, rest] if rest else found
