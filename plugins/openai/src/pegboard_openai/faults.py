"""What a server's refusal means: a status, its headers and its body as one of our errors. Pure.

`retry_ms` is set on exactly those errors after which the same request may succeed: 0 when the server did not say when.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from pegboard_openai.endpoint import KEY
from pegboard_openai.fault import Fault, fault_of
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
    "maximum prompt length",
)  # fmt: skip
_SPENT: Final = ("insufficient_quota", "billing_hard_limit", "insufficient credits", "credit balance")
_FILTERED: Final = ("content_filter", "content management policy", "responsibleaipolicyviolation", "content_policy")
_WRONG: Final = ("invalid_request_error", "invalid_prompt", "invalid_api_key", "model_not_found")


def refused(status: int, headers: Mapping[str, str], body: bytes, *, url: str, model: str, now: float) -> PegboardError:
    """The error for an answer that is no success. `now` is the wall clock, for dates in Retry-After."""
    fault = fault_of(body)
    said = " ".join((fault.message or "")[:1000].split())
    words = f"{fault.code or ''} {fault.type or ''} {said}".lower()
    text = f"{url} answered {status}" + (f": {said}" if said else "")
    retry_ms = None if headers.get("x-should-retry") == "false" else retry_after_ms(headers, now)
    if status == 402 or (status == 429 and _has(words, _SPENT)):
        return RateLimited(f"{text}; the account has nothing left to spend")
    match status:
        case 401 | 403:
            return Unauthenticated(f"{text}; check {KEY}, and that base_url is the server that the key is for")
        case 404:
            return NotFound(f"{text}; check the model `{model}` and base_url, which mostly ends in /v1")
        case 429:
            return RateLimited(text, retry_ms=retry_ms)
        case 408 | 409:
            return Upstream(text, effect=Effect.NONE, retry_ms=retry_ms)
        case _ if status >= 500:
            return Upstream(text, effect=Effect.NONE, retry_ms=retry_ms)
        case _ if 300 <= status < 400:
            place = headers.get("location", "elsewhere")
            return InvalidParams(f"{text}; it redirects to {place}: set base_url to where the server really is")
        case _:
            return _refused_request(status, words, text, model)


def _refused_request(status: int, words: str, text: str, model: str) -> PegboardError:
    if status in (400, 413, 422) and _has(words, _OVERFLOW):
        return _too_long(text, model)
    if _has(words, _FILTERED):
        return InvalidParams(f"{text}; the endpoint's content filter refused the prompt: say it in other words")
    return InvalidParams(text)


def reported(fault: Fault, *, url: str, model: str) -> PegboardError:
    """The error for a fault that a server reported in the middle of a stream."""
    text = f"{url} broke off: {fault.message or fault.type or fault.code or 'no reason given'}"
    words = f"{fault.code or ''} {fault.type or ''} {fault.message or ''}".lower()
    if _has(words, _OVERFLOW):
        return _too_long(text, model)
    if _has(words, _SPENT):
        return RateLimited(f"{text}; the account has nothing left to spend")
    if str(fault.code) in ("429", "rate_limit_exceeded"):
        return RateLimited(text, retry_ms=0)
    if _has(words, _FILTERED):
        return InvalidParams(f"{text}; the endpoint's content filter stopped it: say it in other words")
    is_wrong = str(fault.code) in ("400", "401", "403", "404", "413", "422") or fault.code in _WRONG
    return InvalidParams(text) if is_wrong else Upstream(text, effect=Effect.NONE, retry_ms=0)


def _too_long(text: str, model: str) -> TooLarge:
    return TooLarge(f"the conversation is longer than the context of `{model}`: {text}; compact it or begin anew")


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


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
