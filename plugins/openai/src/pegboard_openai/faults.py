"""What a refusal means beyond its status, and a fault in the middle of an answer: as one of our errors. Pure."""

from typing import Final

from pegboard_sdk import Effect, InvalidParams, PegboardError, RateLimited, Upstream
from pegboard_sdk.http import Fault, Refusal, fault_of, spent, too_long

_OVERFLOW: Final = (
    "context_length_exceeded", "maximum context length", "context length", "context window", "context size",
    "prompt is too long", "too many tokens", "input token count", "exceed_context_size_error",
    "maximum prompt length",
)  # fmt: skip
_SPENT: Final = ("insufficient_quota", "billing_hard_limit", "insufficient credits", "credit balance")
_FILTERED: Final = ("content_filter", "content management policy", "responsibleaipolicyviolation", "content_policy")
_WRONG: Final = ("invalid_request_error", "invalid_prompt", "invalid_api_key", "model_not_found")


def refused(refusal: Refusal) -> PegboardError:
    """The error for an answer that is no success."""
    fault = fault_of(refusal.body)
    said, words = fault.message or "", _words(fault)
    error = refusal.error(said)
    if refusal.status == 402 or (refusal.status == 429 and _has(words, _SPENT)):
        return spent(error.message)
    if refusal.status in (400, 413, 422) and _has(words, _OVERFLOW):
        return too_long(error.message, refusal.model)
    if refusal.status >= 400 and isinstance(error, InvalidParams) and _has(words, _FILTERED):
        return InvalidParams(
            f"{error.message}; the endpoint's content filter refused the prompt: say it in other words"
        )
    return error


def reported(fault: Fault, *, url: str, model: str) -> PegboardError:
    """The error for a fault that a server reported in the middle of a stream."""
    text = f"{url} broke off: {fault.message or fault.type or fault.code or 'no reason given'}"
    words = _words(fault)
    if _has(words, _OVERFLOW):
        return too_long(text, model)
    if _has(words, _SPENT):
        return spent(text)
    if str(fault.code) in ("429", "rate_limit_exceeded"):
        return RateLimited(text, retry_ms=0)
    if _has(words, _FILTERED):
        return InvalidParams(f"{text}; the endpoint's content filter stopped it: say it in other words")
    is_wrong = str(fault.code) in ("400", "401", "403", "404", "413", "422") or fault.code in _WRONG
    return InvalidParams(text) if is_wrong else Upstream(text, effect=Effect.NONE, retry_ms=0)


def _words(fault: Fault) -> str:
    return f"{fault.code or ''} {fault.type or ''} {fault.message or ''}".lower()


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)
