"""A conversation as the Messages API takes it: user and assistant in turn, each call's result first in what follows."""

import base64
from typing import Any, Final

from pegboard.cli.sharing.chat import arguments_of, tool_name, words
from pegboard.cli.sharing.standing import Standing
from pegboard_sdk.wire.records import Image, Message, Outcome, Reasoning, ResultPart, Role, ToolCall, ToolResult

MOST_MEDIA: Final = 5 << 20
_IMAGES: Final = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_LEFT_OUT: Final = "(The conversation begins with an answer.)"

Block = dict[str, Any]


def turns(standing: Standing) -> dict[str, Any]:
    """The body of a request, but for the model and the most tokens."""
    system = [standing.system] if standing.system else []
    rows: list[tuple[str, list[Block]]] = []
    waiting: list[str] = []
    made = 0
    for entry in standing.entries:
        if isinstance(entry, ToolResult):
            _put(rows, "user", [_result(entry, waiting.pop(0), standing)])
            continue
        calls = [part for part in entry.parts if isinstance(part, ToolCall)]
        waiting = [f"toolu_{made + number}" for number in range(1, len(calls) + 1)]
        made += len(calls)
        if entry.role is Role.SYSTEM:
            system.append("".join(words(part) for part in entry.parts if not isinstance(part, ToolCall | Reasoning)))
        else:
            _put(rows, entry.role.value, _blocks(entry, waiting, standing))
    if rows and rows[0][0] != "user":
        rows.insert(0, ("user", [{"type": "text", "text": _LEFT_OUT}]))
    body: dict[str, Any] = {"messages": [{"role": role, "content": blocks} for role, blocks in rows]}
    told = "\n\n".join(text for text in system if text.strip())
    return {"system": told, **body} if told else body


def _put(rows: list[tuple[str, list[Block]]], role: str, blocks: list[Block]) -> None:
    """Neighbours of one role are one message there."""
    if rows and rows[-1][0] == role:
        rows[-1][1].extend(blocks)
    elif blocks:
        rows.append((role, blocks))


def _blocks(message: Message, ids: list[str], standing: Standing) -> list[Block]:
    """The pieces that the API takes; blank text it refuses, and thoughts are only its own to give back."""
    texts = [part for part in message.parts if not isinstance(part, ToolCall | Reasoning)]
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    blocks = [block for part in texts if (block := _piece(part, standing))]
    if message.role is Role.ASSISTANT:
        blocks = [{**block, "text": block["text"].rstrip()} for block in blocks if block["type"] == "text"]
    for call, made in zip(calls, ids, strict=True):
        blocks.append({"type": "tool_use", "id": made, "name": tool_name(call), "input": arguments_of(call)})
    return blocks


def _piece(part: ResultPart, standing: Standing) -> Block | None:
    if isinstance(part, Image) and part.media_type in _IMAGES:
        data = standing.bytes_of(part, MOST_MEDIA)
        if data is not None:
            source = {"type": "base64", "media_type": part.media_type, "data": base64.b64encode(data).decode()}
            return {"type": "image", "source": source}
    text = words(part)
    return {"type": "text", "text": text} if text.strip() else None


def _result(result: ToolResult, made: str, standing: Standing) -> Block:
    pieces = [block for part in result.parts if (block := _piece(part, standing))]
    content = pieces or [{"type": "text", "text": f"({result.outcome.value}, without output)"}]
    failed = {"is_error": True} if result.outcome is not Outcome.OK else {}
    return {"type": "tool_result", "tool_use_id": made, "content": content, **failed}
