"""A scripted answer and the bytes that say it, in the ways of different servers of chat completions. No I/O."""

import json
from dataclasses import dataclass

import playbook
from playbook import Call


@dataclass(kw_only=True)
class Turn(playbook.Turn):
    """One answer. `error` without a status is an event in mid-stream."""

    reasoning: str = ""
    reasoning_field: str = "reasoning_content"
    refusal: str = ""
    finish: str | None = None
    style: str = "fragments"
    """How calls are sent: fragments | whole | no-index | no-id | index-0 | object."""
    done: bool = True
    """Whether the stream ends with [DONE]."""


def substituted(value, i):
    """`value` with {i} replaced in every text."""
    if isinstance(value, str):
        return value.replace("{i}", str(i))
    if isinstance(value, dict):
        return {key: substituted(item, i) for key, item in value.items()}
    return [substituted(item, i) for item in value] if isinstance(value, list) else value


def turn_from(table):
    """A turn from its JSON form."""
    return Turn(**{**table, "calls": [Call(**call) for call in table.get("calls", [])]})


def chunks_of(turn, i):
    """The deltas of a turn, each a dict."""
    yield {"role": "assistant", "content": ""}
    for key, text in ((turn.reasoning_field, turn.reasoning), ("content", turn.text), ("refusal", turn.refusal)):
        said = substituted(text, i)
        for at in range(0, len(said), turn.chunk):
            yield {key: said[at : at + turn.chunk]}
    for at, call in enumerate(turn.calls):
        arguments = substituted(call.arguments, i)
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        ident = call.id or f"call_{i}_{at}"
        yield from ({"tool_calls": [piece]} for piece in call_pieces(turn, at, ident, call.name, text))


def call_pieces(turn, at, ident, name, text):
    """One call in the style of a kind of server."""
    if turn.style == "fragments":
        yield {"index": at, "id": ident, "type": "function", "function": {"name": name, "arguments": ""}}
        for start in range(0, len(text), turn.chunk):
            yield {"index": at, "function": {"arguments": text[start : start + turn.chunk]}}
        return
    arguments = json.loads(text) if turn.style == "object" else text
    piece = {"index": at, "id": ident, "type": "function", "function": {"name": name, "arguments": arguments}}
    if turn.style == "no-index":
        del piece["index"]
    elif turn.style == "no-id":
        del piece["id"]
    elif turn.style == "index-0":
        piece["index"] = 0
    yield piece


def envelope(kind, i, body):
    """What every answer has."""
    return {"id": f"chatcmpl-{i}", "object": kind, "created": 0, "model": body["model"]}


def finish_of(turn):
    """Why a turn ends."""
    return turn.finish or ("tool_calls" if turn.calls else "stop")


def usage_of(turn, body):
    """The tokens of a turn, guessed from characters where the script does not say."""
    prompt = len(json.dumps(body)) // 4
    completion = 1 + len(turn.text) // 4
    return turn.usage or {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
    }  # fmt: skip


def lines_of(turn, i, body, *, counted):
    """The events of a turn as bytes."""
    head = envelope("chat.completion.chunk", i, body)
    for delta in chunks_of(turn, i):
        yield event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    if turn.error is not None:
        yield event(turn.error)
        return
    yield event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish_of(turn)}]})
    if counted:
        yield event({**head, "choices": [], "usage": usage_of(turn, body)})
    if turn.done:
        yield b"data: [DONE]\n\n"


def event(value):
    """One event."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def whole_answer(turn, i, body):
    """A turn as one document."""
    message = {"role": "assistant", "content": substituted(turn.text, i) or None}
    if turn.calls:
        message["tool_calls"] = [
            {"id": call.id or f"call_{i}_{at}", "type": "function",
             "function": {"name": call.name, "arguments": json.dumps(substituted(call.arguments, i))}}
            for at, call in enumerate(turn.calls)
        ]  # fmt: skip
    choice = {"index": 0, "message": message, "finish_reason": finish_of(turn)}
    return {**envelope("chat.completion", i, body), "choices": [choice], "usage": usage_of(turn, body)}
