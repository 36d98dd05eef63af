"""What a server's refusal means: a status, its headers and its body as one of our errors. Pure.

`retry_ms` is set on exactly those errors after which the same request may succeed: 0 when the server did not say when.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from pegboard_openai.chunk import BAD_JSON, Chunk, Fault, chunk_decoder
from pegboard_openai.endpoint import KEY
from pegboard_sdk import (
    Effect,
    InvalidParams,
    NotFound,
    PegboardError,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Upstream,
)

_OVERFLOW: Final = (
    "context_length_exceeded", "maximum context length", "context length", "context window", "context size",
    "prompt is too long", "too many tokens", "input token count", "exceed_context_size_error",
)  # fmt: skip
_SPENT: Final = ("insufficient_quota", "billing_hard_limit", "insufficient credits", "credit balance")


def refused(status: int, headers: Mapping[str, str], body: bytes, *, url: str, model: str, now: float) -> PegboardError:
    """The error for an answer that is no success. `now` is the wall clock, for dates in Retry-After."""
    said, code = _said(body)
    text = f"{url} answered {status}" + (f": {said}" if said else "")
    retry_ms = None if headers.get("x-should-retry") == "false" else retry_after_ms(headers, now)
    match status:
        case 401 | 403:
            return Unauthenticated(f"{text}; check {KEY}, and that base_url is the server that the key is for")
        case 404:
            return NotFound(f"{text}; check the model `{model}` and base_url, which mostly ends in /v1")
        case 429 if any(word in f"{code} {said}".lower() for word in _SPENT):
            return RateLimited(f"{text}; the account has nothing left to spend")
        case 429:
            return RateLimited(text, retry_ms=retry_ms)
        case 408 | 409:
            return Upstream(text, effect=Effect.NONE, retry_ms=retry_ms)
        case _ if status >= 500:
            return Upstream(text, effect=Effect.NONE, retry_ms=retry_ms)
        case _ if 300 <= status < 400:
            place = headers.get("location", "elsewhere")
            return InvalidParams(f"{text}; it redirects to {place}: set base_url to where the server really is")
        case 400 | 413 | 422 if is_overflow(code, said):
            return too_long(text, model)
        case _:
            return InvalidParams(text)


def reported(chunk: Chunk, *, url: str, model: str) -> PegboardError | None:
    """The error that a chunk reports in the middle of a stream, None when it reports none."""
    if chunk.error is None:
        return None
    fault = chunk.error if isinstance(chunk.error, Fault) else Fault(message=chunk.error)
    text = f"{url} broke off: {fault.message or fault.type or fault.code or 'no reason given'}"
    if is_overflow(str(fault.code), fault.message):
        return too_long(text, model)
    if fault.code in (429, "429", "rate_limit_exceeded"):
        return RateLimited(text, retry_ms=0)
    return Upstream(text, effect=Effect.NONE, retry_ms=0)


def too_long(text: str, model: str) -> TooLarge:
    """The error that says that the conversation does not fit into the model."""
    return TooLarge(f"the conversation is longer than the context of `{model}`: {text}; compact it or begin anew")


def is_overflow(code: str, said: str) -> bool:
    """Whether a refusal is about the length of the conversation."""
    text = f"{code} {said}".lower()
    return any(word in text for word in _OVERFLOW)


def retry_after_ms(headers: Mapping[str, str], now: float) -> int:
    """When the server wants to be asked again, 0 when it does not say."""
    try:
        if text := headers.get("retry-after-ms"):
            return max(0, int(float(text)))
        text = headers.get("retry-after") or "0"
        if text.replace(".", "", 1).isdigit():
            return int(float(text) * 1000)
        return max(0, int((parsedate_to_datetime(text).timestamp() - now) * 1000))
    except (ValueError, OverflowError):
        return 0


def _said(body: bytes) -> tuple[str, str]:
    """What the body says in words, and its code."""
    try:
        chunk = chunk_decoder.decode(body)
    except BAD_JSON:
        return " ".join(body[:300].decode("utf-8", "replace").split()), ""
    fault = chunk.error if isinstance(chunk.error, Fault) else Fault(message=chunk.error or chunk.message or "")
    said = fault.message or (chunk.detail if isinstance(chunk.detail, str) else "")
    said = said or " ".join(str(item.get("msg", "")) for item in chunk.detail or () if isinstance(item, dict))
    return " ".join(said[:1000].split()), str(fault.code or fault.type or "")
