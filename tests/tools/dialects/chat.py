"""The events of a chat completions stream, in one dialect. No I/O."""

import json
from collections.abc import Iterator

from dialects.dialect import Dialect
from dialects.refusing import fault_events
from dialects.script import Ending, Said, said_at


def event(value: object, *, name: str = "") -> bytes:
    """One event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def lines(dialect: Dialect, ending: Ending, body: dict) -> Iterator[bytes]:
    """The events of an answer; what cuts or delays the connection is the server's part."""
    said = said_at(ending)
    envelope = {"id": "chatcmpl-9xT", "object": "chat.completion.chunk", "created": 1760000000, "model": body["model"]}
    if ending is Ending.FAULT_FIRST:
        yield from fault_events(dialect, envelope)
        return
    for opening in dialect.opening:
        yield event({**envelope, **opening})
    if ending is Ending.KEPT_ALIVE:
        yield dialect.keep_alive * 3
    for at, delta in enumerate(deltas(dialect, said)):
        each = {"usage": usage(dialect, said)} if dialect.usage == "each" else {}
        yield event({**envelope, "choices": [{"index": 0, "delta": delta, "finish_reason": None}], **each})
        if ending is Ending.KEPT_ALIVE and at == 1:
            yield dialect.keep_alive
        if ending is Ending.BAD_JSON and at == 1:
            yield b'data: {"choices": [{"index": 0, "delta": {"content": "tor\n\n'
            return
    if ending is Ending.FAULT:
        yield from fault_events(dialect, envelope)
        return
    yield from _last(dialect, ending, said, envelope, body)


def _last(dialect: Dialect, ending: Ending, said: Said, envelope: dict, body: dict) -> Iterator[bytes]:
    finish = finish_of(dialect, ending, said)
    more = {"usage": usage(dialect, said)} if dialect.usage in ("finish", "each") else {}
    choice = {"index": 0, "delta": {}, "finish_reason": finish}
    if ending in (Ending.FILTER, Ending.FILTERED_PROMPT) and dialect.name == "azure":
        choice["content_filter_results"] = {"violence": {"filtered": True, "severity": "high"}}
    yield event({**envelope, "choices": [choice], **more})
    wants = bool((body.get("stream_options") or {}).get("include_usage"))
    if dialect.usage == "asked" and wants:
        yield event({**envelope, "choices": [], "usage": usage(dialect, said)})
    if dialect.done:
        yield b"data: [DONE]\n\n"


def finish_of(dialect: Dialect, ending: Ending, said: Said) -> str:
    """The reason that the last chunk gives."""
    if ending is Ending.LENGTH:
        return dialect.finish_length
    if ending in (Ending.FILTER, Ending.FILTERED_PROMPT):
        return dialect.finish_filter
    return dialect.finish_calls if said.calls else "stop"


def usage(dialect: Dialect, said: Said) -> dict:
    """Tokens, in the dialect's words."""
    count = {
        "prompt_tokens": said.usage["input"],
        "completion_tokens": said.usage["output"],
        "total_tokens": said.usage["input"] + said.usage["output"],
    }
    if dialect.is_reasoning_apart:
        count["completion_tokens"] -= said.usage["reasoning"]
    if dialect.cached == "details":
        count["prompt_tokens_details"] = {"cached_tokens": said.cached}
        count["completion_tokens_details"] = {"reasoning_tokens": said.usage["reasoning"]}
    elif dialect.cached == "hit":
        count["prompt_cache_hit_tokens"] = said.cached
        count["prompt_cache_miss_tokens"] = said.usage["input"] - said.cached
    if dialect.name == "openrouter":
        count["cost"] = 0.0123
    return count


def deltas(dialect: Dialect, said: Said) -> Iterator[dict]:
    """What each chunk adds."""
    role = {"role": "assistant"}
    if dialect.role_chunk:
        yield {**role, "content": ""}
        role = {}
    if dialect.reasoning == "thinking":
        for piece in said.reasoning:
            yield {**role, "content": [{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}]}
    elif dialect.reasoning:
        for piece in said.reasoning:
            yield {**role, "content": None, dialect.reasoning: piece}
    for piece in said.text:
        yield {**role, "content": piece}
    for piece in said.refusal:
        yield {**role, "content": piece} if dialect.refusal == "text" else {**role, "refusal": piece}
    if dialect.calls == "fragments":
        yield from _fragments(dialect, said)
    else:
        yield from ({**role, "tool_calls": [piece]} for piece in _wholes(dialect, said))


def _fragments(dialect: Dialect, said: Said) -> Iterator[dict]:
    """Calls in pieces, the second one begun before the first is complete, as some servers interleave them."""
    for at, call in enumerate(said.calls):
        head = {"id": dialect.call_id.format(at=at), "type": "function"}
        yield {"tool_calls": [{"index": at, **head, "function": {"name": call.name, "arguments": ""}}]}
    longest = max((len(call.arguments) for call in said.calls), default=0)
    for start in range(0, longest, 7):
        pieces = [
            {"index": at, "function": {"arguments": call.arguments[start : start + 7]}}
            for at, call in enumerate(said.calls)
            if call.arguments[start : start + 7]
        ]
        yield {"tool_calls": pieces}


def _wholes(dialect: Dialect, said: Said) -> Iterator[dict]:
    for at, call in enumerate(said.calls):
        piece: dict = {
            "index": 0 if dialect.calls == "whole-index-0" else at,
            "id": dialect.call_id.format(at=at),
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        if dialect.calls == "whole-no-id":
            del piece["id"], piece["index"]
        if dialect.extra_content:
            piece["extra_content"] = dialect.extra_content
        yield piece
