"""How a dialect says no: the bodies of refusals, and errors in mid-stream. No I/O."""

import json
import time
from collections.abc import Iterator
from email.utils import formatdate

from dialects.dialect import Dialect
from dialects.script import MESSAGE, Ending

HTML = b"<!DOCTYPE html>\n<html><head><title>Sign in to the network</title></head><body>Please log in.</body></html>\n"
_STATUS = {
    Ending.RATE_SECONDS: 429,
    Ending.RATE_DATE: 429,
    Ending.RATE_BARE: 429,
    Ending.DOWN: 503,
    Ending.TOO_LONG: 400,
    Ending.FILTERED_PROMPT: 400,
    Ending.BAD_KEY: 401,
}
_FILTERED = "The response was filtered due to the prompt triggering the content management policy. Please modify it."


def refusal(dialect: Dialect, ending: Ending) -> tuple[int, dict[str, str], bytes] | None:
    """Status, headers and body where the ending is a refusal; None where the answer is a stream."""
    if ending is Ending.FILTERED_PROMPT and dialect.prompt_filter != "400":
        return None
    status = _STATUS.get(ending)
    if status is None:
        return None
    headers = {}
    if ending is Ending.RATE_SECONDS:
        headers["Retry-After"] = "1"
    elif ending is Ending.RATE_DATE:
        headers["Retry-After"] = formatdate(int(time.time()) + 1, usegmt=True)
    message, code = _words(dialect, ending)
    return status, headers, error_body(dialect, status, message, code)


def _words(dialect: Dialect, ending: Ending) -> tuple[str, str]:
    match ending:
        case Ending.TOO_LONG:
            return dialect.overflow
        case Ending.FILTERED_PROMPT:
            return _FILTERED, "content_filter"
        case Ending.BAD_KEY:
            return "Incorrect API key provided: sk-planted", "invalid_api_key"
        case Ending.DOWN:
            return MESSAGE, "server_error"
        case _:
            return f"Rate limit reached: {MESSAGE}", "rate_limit_exceeded"


def error_body(dialect: Dialect, status: int, message: str, code: str) -> bytes:
    """A refusal's body."""
    return json.dumps(error_value(dialect, status, message, code)).encode()


def error_value(dialect: Dialect, status: int, message: str, code: str) -> object:
    """A refusal in the dialect's shape."""
    match dialect.error_body:
        case "bare":
            return {"code": code or "invalid-argument", "error": message}
        case "list":
            return [{"error": {"code": status, "message": message, "status": "RESOURCE_EXHAUSTED"}}]
        case "flat":
            return {"object": "error", "message": message, "type": "invalid_request_error", "param": None, "code": code}
        case "detail":
            return {"detail": message}
        case "text":
            return {"error": message}
        case _:
            return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code or None}}


def fault_events(dialect: Dialect, envelope: dict) -> Iterator[bytes]:
    """An error after the head of the answer said that all was well."""
    fault = {"message": MESSAGE, "type": "server_error", "code": "server_error"}
    if dialect.api == "responses":
        value = {"type": "error", "code": "server_error", "message": MESSAGE, "param": None, "sequence_number": 9}
        yield f"event: error\ndata: {json.dumps(value)}\n\n".encode()
    elif dialect.fault == "choice":
        choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        value = {**envelope, "provider": "x", "error": {"code": 502, "message": MESSAGE}, "choices": [choice]}
        yield f"data: {json.dumps(value)}\n\n".encode()
    elif dialect.fault == "event":
        yield f"event: error\ndata: {json.dumps({'error': {'message': MESSAGE}})}\n\n".encode()
    elif dialect.fault == "field":
        yield f"error: {json.dumps({**fault, 'code': 500})}\n\n".encode()
    else:
        yield f"data: {json.dumps({'error': fault})}\n\n".encode()
        yield b"data: [DONE]\n\n"
