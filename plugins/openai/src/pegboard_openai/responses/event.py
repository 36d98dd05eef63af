"""What a Responses server sends, as types: an event of a stream, a whole response. No I/O, no judgement."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard_sdk import Usage
from pegboard_sdk.http import Fault


class ContentPart(Struct, frozen=True):
    """A part of a message, of a summary or of reasoning."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None


class Item(Struct, frozen=True):
    """An item of the answer: a message, reasoning or a function call."""

    type: str = ""
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | dict[str, Any] | None = None
    content: list[ContentPart] | None = None
    summary: list[ContentPart] | None = None
    encrypted_content: str | None = None


class InputDetails(Struct, frozen=True):
    """Which tokens of the input cost less."""

    cached_tokens: int | None = None


class OutputDetails(Struct, frozen=True):
    """Which tokens of the output were thinking."""

    reasoning_tokens: int | None = None


class Count(Struct, frozen=True):
    """Tokens as the server counted them; `cost` in its currency where it says so."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: InputDetails | None = None
    output_tokens_details: OutputDetails | None = None
    cost: float | None = None

    @property
    def usage(self) -> Usage:
        """The same as ours."""
        given, made = self.input_tokens_details, self.output_tokens_details
        return Usage(
            input=self.input_tokens or 0,
            output=self.output_tokens or 0,
            cached=(given.cached_tokens if given else None) or 0,
            reasoning=(made.reasoning_tokens if made else None) or 0,
        )


class Incomplete(Struct, frozen=True):
    """Why a response is not complete."""

    reason: str | None = None


class Response(Struct, frozen=True):
    """A response as it is at the time of an event."""

    status: str | None = None
    error: Fault | str | None = None
    incomplete_details: Incomplete | None = None
    output: list[Item] | None = None
    usage: Count | None = None


class Event(Struct, frozen=True):
    """An event; which of its fields are there is the type's matter. A whole response has no type, but a status."""

    type: str = ""
    delta: str | dict[str, Any] | None = None
    output_index: int | None = None
    item: Item | None = None
    response: Response | None = None
    code: str | int | None = None
    message: str | None = None
    error: Fault | str | None = None


event_decoder: Final = msgspec.json.Decoder(Event)
response_decoder: Final = msgspec.json.Decoder(Response)
