"""What a refusal means beyond its status, and a fault in the middle of an answer: as one of our errors. Pure."""

from typing import Final

from pegboard_sdk import Effect, InvalidParams, PegboardError, RateLimited, Unauthenticated, Upstream
from pegboard_sdk.http import Fault, Refusal, fault_of, spent, too_long

OVERFULL: Final = "model_context_window_exceeded"
"""Why an answer stopped whose conversation filled the context: a reason to stop, and a fault."""
_OVERFLOW: Final = ("prompt is too long", "exceed context limit", "context window", "too many total text bytes")
_SAMPLING: Final = ("temperature", "top_p", "top_k")
_SPENT: Final = ("credit balance", "billing", "spend limit", "usage limits")


def refused(refusal: Refusal) -> PegboardError:
    """The error for an answer that is no success."""
    fault = fault_of(refusal.body)
    said = " ".join((fault.message or "").split())
    error = refusal.error(said)
    is_spent = fault.type == "billing_error" or any(word in said.lower() for word in _SPENT)
    match refusal.status:
        case 400 | 402 | 429 if is_spent:
            return spent(error.message)
        case 413:
            return too_long(error.message, refusal.model)
        case 400 | 422 if is_overflow(said):
            return too_long(error.message, refusal.model)
        case 400 | 422:
            return InvalidParams(error.message + _advice(said))
        case _:
            return error


def reported(fault: Fault, *, url: str, model: str) -> PegboardError:
    """The error for a fault in the middle of an answer, `OVERFULL` being one."""
    said = fault.message or ""
    text = f"{url} broke off: {said or fault.type or 'no reason given'}"
    if fault.type == OVERFULL:
        return too_long(said, model)
    match fault.type:
        case "rate_limit_error":
            return RateLimited(text, retry_ms=0)
        case "authentication_error" | "permission_error":
            return Unauthenticated(f"{text}; check ANTHROPIC_API_KEY")
        case "billing_error":
            return spent(text)
        case "invalid_request_error" if is_overflow(said):
            return too_long(text, model)
        case "invalid_request_error":
            return InvalidParams(text)
        case _:
            return Upstream(text, effect=Effect.NONE, retry_ms=0)


def is_overflow(said: str) -> bool:
    """Whether a refusal is about the length of the conversation."""
    return any(word in said.lower() for word in _OVERFLOW)


def _advice(said: str) -> str:
    is_sampling = any(said.startswith(name) or f"`{name}`" in said for name in _SAMPLING)
    return "; sampling is no longer taken: leave it out, or see the plugin's README for older models" * is_sampling
