"""What the Messages API sends, as types: events of a stream, a whole answer, errors, models. No I/O, no judgement.

Fields that are not read are not declared, and those that are have the breadth that servers are known to send.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard_sdk.http import Fault


class Count(Struct, frozen=True):
    """Tokens as the server counted them, so far: what was read from the cache or written to it is not in `input`."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens_details: dict[str, Any] | None = None


class Details(Struct, frozen=True):
    """More on why the answer ended."""

    category: str | None = None
    explanation: str | None = None


class Answered(Struct, frozen=True):
    """A message: at the beginning of a stream without its content, as a document with all of it."""

    content: list[dict[str, Any]] | None = None
    stop_reason: str | None = None
    stop_details: Details | None = None
    usage: Count | None = None


class Change(Struct, frozen=True):
    """What an event adds to a block (the first five), or to the message."""

    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""
    citation: dict[str, Any] | None = None
    stop_reason: str | None = None
    stop_details: Details | None = None


class Event(Struct, frozen=True):
    """An event of a stream, or, where none was sent, the message or the error itself."""

    type: str = ""
    index: int = 0
    message: Answered | None = None
    content_block: dict[str, Any] | None = None
    delta: Change | None = None
    usage: Count | None = None
    error: Fault | str | None = None
    content: list[dict[str, Any]] | None = None
    stop_reason: str | None = None
    stop_details: Details | None = None


class Support(Struct, frozen=True):
    """Whether a model can do something."""

    supported: bool = False


class ThinkingTypes(Struct, frozen=True):
    """Which ways of thinking may be asked for."""

    adaptive: Support = Support()
    enabled: Support = Support()
    disabled: Support = Support()


class Thinking(Struct, frozen=True):
    """Whether and how a model thinks."""

    types: ThinkingTypes = ThinkingTypes()


class Effort(Struct, frozen=True):
    """Which levels of effort a model knows."""

    supported: bool = False
    low: Support | None = None
    medium: Support | None = None
    high: Support | None = None
    xhigh: Support | None = None
    max: Support | None = None


class Capabilities(Struct, frozen=True):
    """What a model can do, as far as it changes a request."""

    effort: Effort = Effort()
    thinking: Thinking = Thinking()
    structured_outputs: Support = Support()


class Listed(Struct, frozen=True):
    """A model in the server's list."""

    id: str
    max_input_tokens: int | None = None
    max_tokens: int | None = None
    capabilities: Capabilities | None = None


class Listing(Struct, frozen=True):
    """A page of the server's list of models."""

    data: list[Listed] | None = None
    has_more: bool = False
    last_id: str | None = None


event_decoder: Final = msgspec.json.Decoder(Event)
listed_decoder: Final = msgspec.json.Decoder(Listed)
listing_decoder: Final = msgspec.json.Decoder(Listing)
