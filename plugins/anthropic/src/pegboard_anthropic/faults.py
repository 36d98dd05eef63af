"""What a server's refusal means: a status, its headers and its body as one of our errors. Pure.

`retry_ms` is set on exactly those errors after which the same request may succeed: 0 when the server did not say when.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from pegboard_anthropic.endpoint import KEY
from pegboard_anthropic.words import BAD_JSON, Fault, event_decoder
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

_OVERFLOW: Final = ("prompt is too long", "exceed context limit", "context window", "too many total text bytes")
_SAMPLING: Final = ("temperature", "top_p", "top_k")
_SPENT: Final = ("credit balance", "billing", "spend limit", "usage limits")


def refused(status: int, headers: Mapping[str, str], body: bytes, *, url: str, model: str, now: float) -> PegboardError:
    """The error for an answer that is no success. `now` is the wall clock, for dates in Retry-After."""
    fault = _said(body)
    text = f"{url} answered {status}" + (f": {fault.message}" if fault.message else "")
    retry_ms = None if headers.get("x-should-retry") == "false" else retry_after_ms(headers, now)
    is_spent = fault.type == "billing_error" or any(word in fault.message.lower() for word in _SPENT)
    match status:
        case 401 | 403:
            return Unauthenticated(f"{text}; check {KEY}, and that base_url is the server that the key is for")
        case 404:
            return NotFound(f"{text}; check the model `{model}` and base_url, which ends before /v1")
        case 400 | 402 | 429 if is_spent:
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
        case 413:
            return too_long(text, model)
        case 400 | 422 if is_overflow(fault.message):
            return too_long(text, model)
        case _:
            return InvalidParams(text + _advice(fault.message))


def reported(error: Fault | str, *, url: str, model: str) -> PegboardError:
    """The error that an event reports in the middle of a stream."""
    fault = error if isinstance(error, Fault) else Fault(message=error)
    text = f"{url} broke off: {fault.message or fault.type or 'no reason given'}"
    match fault.type:
        case "rate_limit_error":
            return RateLimited(text, retry_ms=0)
        case "authentication_error" | "permission_error":
            return Unauthenticated(f"{text}; check {KEY}")
        case "billing_error":
            return RateLimited(f"{text}; the account has nothing left to spend")
        case "invalid_request_error" if is_overflow(fault.message):
            return too_long(text, model)
        case "invalid_request_error":
            return InvalidParams(text)
        case _:
            return Upstream(text, effect=Effect.NONE, retry_ms=0)


def too_long(text: str, model: str) -> TooLarge:
    """The error that says that the conversation does not fit into the model."""
    return TooLarge(f"the conversation is longer than the context of `{model}`: {text}; compact it or begin anew")


def is_overflow(said: str) -> bool:
    """Whether a refusal is about the length of the conversation."""
    return any(word in said.lower() for word in _OVERFLOW)


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


def _advice(said: str) -> str:
    is_sampling = any(said.startswith(name) or f"`{name}`" in said for name in _SAMPLING)
    return "; sampling is no longer taken: leave it out, or see the plugin's README for older models" * is_sampling


def _said(body: bytes) -> Fault:
    """What the body says, in one line."""
    try:
        error = event_decoder.decode(body).error
    except BAD_JSON:
        error = body[:300].decode("utf-8", "replace")
    fault = error if isinstance(error, Fault) else Fault(message=error or "")
    return Fault(type=fault.type, message=" ".join(fault.message[:1000].split()))
