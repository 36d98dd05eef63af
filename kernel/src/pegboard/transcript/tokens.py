"""How many tokens a text is likely to be, learnt from what providers count. No tokenizer, no download."""

from typing import Final

from pegboard_sdk.wire.methods import Entry
from pegboard_sdk.wire.records import File, Image, Message, Reasoning, Text, ToolCall

BYTES_PER_TOKEN: Final = 3.5
"""Before a provider has counted anything. Bytes of UTF-8, so that scripts of few bytes a token weigh more."""

ENTRY_BYTES: Final = 14
"""What a provider wraps around each entry."""

MEDIA_BYTES: Final = 4_000
"""What an image or a file weighs, whatever its size: providers scale them."""

_ENOUGH: Final = 50


class Estimator:
    """Turns bytes into tokens at a ratio that follows the provider's counts."""

    def __init__(self) -> None:
        self.ratio = BYTES_PER_TOKEN
        self._bytes = 0.0
        self._tokens = 0.0

    def observe(self, size: int, tokens: int) -> None:
        """Learn that `size` bytes were `tokens` tokens; old observations fade."""
        if tokens < _ENOUGH or not 1 <= size / tokens <= 12:
            return
        self._bytes = self._bytes / 2 + size
        self._tokens = self._tokens / 2 + tokens
        self.ratio = self._bytes / self._tokens

    def estimate(self, size: int) -> int:
        """Tokens of so many bytes."""
        return round(size / self.ratio)


def size_of(entry: Entry) -> int:
    """Bytes of an entry as a provider would be sent it."""
    size = ENTRY_BYTES
    for part in entry.parts:
        match part:
            case Text() | Reasoning():
                size += _bytes(part.text)
            case ToolCall():
                size += _bytes(part.tool) + _bytes(part.arguments) + ENTRY_BYTES
            case Image() | File():
                size += MEDIA_BYTES
    return size if isinstance(entry, Message) else size + ENTRY_BYTES


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
