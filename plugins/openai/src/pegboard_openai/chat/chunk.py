"""What a chat completions server sends, as types: a chunk of a stream, a whole answer, an error. No I/O, no judgement.

Fields that are not read are not declared, and those that are have the breadth that servers are known to send.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from pegboard_sdk.http import Fault


class FunctionPiece(Struct, frozen=True):
    """A piece of the function that a call names; some servers send the arguments as an object, not as its text."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class CallPiece(Struct, frozen=True):
    """A piece of one tool call. `extra_content` is what the server wants back with the call (thought signatures)."""

    index: int | None = None
    id: str | None = None
    function: FunctionPiece | None = None
    extra_content: dict[str, Any] | None = None


class ContentPiece(Struct, frozen=True):
    """A typed part of a content that is a list; `thinking` holds such parts again."""

    type: str = "text"
    text: str = ""
    thinking: list[dict[str, Any]] = []


class Piece(Struct, frozen=True):
    """What a delta adds, or all that a message holds."""

    content: str | list[ContentPiece] | None = None
    reasoning_content: str | None = None
    reasoning: str | dict[str, Any] | None = None
    reasoning_details: list[dict[str, Any]] | None = None
    refusal: str | None = None
    tool_calls: list[CallPiece] | None = None


class Choice(Struct, frozen=True):
    """One of the answers; we ask for one."""

    index: int | None = None
    delta: Piece | None = None
    message: Piece | None = None
    finish_reason: str | None = None
    content_filter_results: dict[str, Any] | None = None
    """Azure: what its filter found, by category."""


class PromptDetails(Struct, frozen=True):
    """Which tokens of the prompt cost less."""

    cached_tokens: int | None = None


class CompletionDetails(Struct, frozen=True):
    """Which tokens of the answer were thinking."""

    reasoning_tokens: int | None = None


class Count(Struct, frozen=True):
    """Tokens as the server counted them; `cost` in its currency where it says so."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None
    total_tokens: int | None = None
    prompt_cache_hit_tokens: int | None = None
    cost: float | None = None


class Chunk(Struct, frozen=True):
    """A chunk of a stream, or a whole answer. `object` and `message` stand at the top in errors of some servers."""

    choices: list[Choice] | None = None
    usage: Count | None = None
    error: Fault | str | None = None
    object: str | None = None
    message: str | None = None


chunk_decoder: Final = msgspec.json.Decoder(Chunk)
