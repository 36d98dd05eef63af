"""A scripted answer and the events that say it, as the Messages API documents them. No I/O."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import playbook
from playbook import Call

__all__ = ["Call", "Turn", "content_of", "events_of", "fault", "lines_of", "signature_of", "stop_of", "whole_message"]


@dataclass(kw_only=True)
class Turn(playbook.Turn):
    """One answer. Blocks come in the order thinking, redacted, text, calls, unless `blocks` are given. `error` is the
    body of a refusal, or an event in mid-stream where `fails_after` says."""

    thinking: str = ""
    redacted: str = ""
    blocks: list[dict[str, Any]] | None = None
    stop: str | None = None
    stop_sequence: str | None = None
    details: dict[str, Any] | None = None
    pings: bool = True
    content_type: str = "text/event-stream; charset=utf-8"
    fails_after: int | None = None
    """An error event comes after so many events."""
    garbles_after: int | None = None
    """An event that is no JSON comes after so many events."""
    ends_after: int | None = None
    """The stream ends in order after so many events, and the answer has not."""


def fault(kind: str, message: str) -> dict[str, Any]:
    """An error as the API words it."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_scripted"}


def signature_of(thinking: str) -> str:
    """What makes a thinking block provable; a real one is opaque, this one can be checked."""
    return "Ep" + hashlib.sha256(thinking.encode()).hexdigest()


def content_of(turn: Turn, i: int) -> list[dict[str, Any]]:
    """The blocks of an answer, whole; the input of a call is its text here."""
    if turn.blocks is not None:
        return turn.blocks
    content: list[dict[str, Any]] = []
    if turn.thinking:
        thinking = turn.thinking.replace("{i}", str(i))
        content.append({"type": "thinking", "thinking": thinking, "signature": signature_of(thinking)})
    if turn.redacted:
        content.append({"type": "redacted_thinking", "data": turn.redacted})
    if turn.text:
        content.append({"type": "text", "text": turn.text.replace("{i}", str(i))})
    for at, call in enumerate(turn.calls):
        text = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
        ident = f"toolu_{i:04}_{at}" if call.id is None else call.id
        content.append({"type": "tool_use", "id": ident, "name": call.name, "input": text.replace("{i}", str(i))})
    return content


def stop_of(turn: Turn, content: list[dict[str, Any]]) -> str:
    """Why the answer ends."""
    return turn.stop or ("tool_use" if any(block["type"] == "tool_use" for block in content) else "end_turn")


def whole_message(turn: Turn, i: int, model: str, usage: dict[str, Any]) -> dict[str, Any]:
    """The answer as one document."""
    content = content_of(turn, i)
    blocks = [{**b, "input": json.loads(b["input"])} if b["type"] == "tool_use" else b for b in content]
    return {
        **_head(i, model, usage),
        "content": blocks,
        "stop_reason": stop_of(turn, content),
        "stop_sequence": turn.stop_sequence,
    }


def events_of(turn: Turn, i: int, model: str, usage: dict[str, Any]):
    """The events of an answer, as (name, value)."""
    content = content_of(turn, i)
    counted = {**usage, "output_tokens": 1}
    counted.pop("output_tokens_details", None)
    yield "message_start", {"message": _head(i, model, counted)}
    if turn.pings:
        yield "ping", {}
    for index, block in enumerate(content):
        begun, deltas = _pieces(block, turn.chunk)
        yield "content_block_start", {"index": index, "content_block": begun}
        for delta in deltas:
            yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    delta = {"stop_reason": stop_of(turn, content), "stop_sequence": turn.stop_sequence}
    if turn.details is not None:
        delta["stop_details"] = turn.details
    yield "message_delta", {"delta": delta, "usage": usage}
    yield "message_stop", {}


def lines_of(turn: Turn, i: int, model: str, usage: dict[str, Any]):
    """The bytes of each event, faults of the turn included."""
    for at, (name, value) in enumerate(events_of(turn, i, model, usage)):
        if at == turn.fails_after:
            error = turn.error or fault("overloaded_error", "Overloaded")
            yield b"event: error\ndata: " + json.dumps(error).encode() + b"\n\n"
            return
        if at == turn.garbles_after:
            yield b'event: content_block_delta\ndata: {"type": "content_block_delta", "index"\n\n'
            return
        if at == turn.ends_after:
            return
        yield f"event: {name}\ndata: {json.dumps({'type': name, **value})}\n\n".encode()


def _head(i: int, model: str, usage: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"msg_{i:04}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }


def _pieces(block: dict[str, Any], chunk: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """How a block begins, and the deltas that complete it."""
    match block["type"]:
        case "text":
            cited = [{"type": "citations_delta", "citation": each} for each in block.get("citations") or ()]
            texts = [{"type": "text_delta", "text": piece} for piece in _cut(block["text"], chunk)]
            return {"type": "text", "text": ""}, [*cited, *texts]
        case "thinking":
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in _cut(block["thinking"], chunk)]
            sign = {"type": "signature_delta", "signature": block["signature"]}
            return {"type": "thinking", "thinking": "", "signature": ""}, [*deltas, sign]
        case "tool_use" | "server_tool_use":
            text = block["input"] if isinstance(block["input"], str) else json.dumps(block["input"])
            # The first delta is empty in the wild.
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *_cut(text, chunk)]]
            return {**block, "input": {}}, deltas
        case _:
            return block, []


def _cut(text: str, chunk: int) -> list[str]:
    return [text[at : at + chunk] for at in range(0, len(text), chunk)]
