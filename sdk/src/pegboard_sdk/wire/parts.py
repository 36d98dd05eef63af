"""What messages and results consist of, neutral between providers. Part of the one vocabulary, see `records`."""

from enum import Enum
from typing import Any

from msgspec import Struct


class Role(Enum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class Finish(Enum):
    """Why a model stopped."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    FILTERED = "filtered"
    REFUSED = "refused"


class Opaque(Struct, frozen=True, kw_only=True):
    """What only `provider` understands (signatures, encrypted reasoning); it goes back only to that provider."""

    provider: str
    data: dict[str, Any]


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """A piece of a message, neutral between providers."""

    opaque: Opaque | None = None


class Text(Part, frozen=True, kw_only=True, omit_defaults=True, tag="text"):
    """Plain text. `origin` is whence it came where nobody wrote it here: a file that a message mentions."""

    text: str
    origin: str = ""


class Reasoning(Part, frozen=True, kw_only=True, omit_defaults=True, tag="reasoning"):
    """What a model says of its thinking."""

    text: str = ""


class Image(Part, frozen=True, kw_only=True, omit_defaults=True, tag="image"):
    """An image: a blob's handle and its media type."""

    handle: str
    media_type: str


class File(Part, frozen=True, kw_only=True, omit_defaults=True, tag="file"):
    """A file given to or by a tool: a blob's handle."""

    handle: str
    name: str = ""
    media_type: str = "application/octet-stream"


class ToolCall(Part, frozen=True, kw_only=True, omit_defaults=True, tag="tool_call"):
    """What the model wants run. `arguments` is the JSON text as the model wrote it, also when it is not valid."""

    call: str
    tool: str
    arguments: str


MessagePart = Text | Reasoning | Image | File | ToolCall
ResultPart = Text | Image | File


class Usage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens of one model call, as the provider counted them (`estimated` when it did not).

    `input` is all that was sent: what its cache had (`cached`) and what it put there (`written`) are part of it, as
    `reasoning` is of `output`.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    written: int = 0
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached=self.cached + other.cached,
            reasoning=self.reasoning + other.reasoning,
            written=self.written + other.written,
            estimated=self.estimated or other.estimated,
        )
