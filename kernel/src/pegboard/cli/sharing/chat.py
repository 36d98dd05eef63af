"""A conversation as Chat Completions takes it: every call answered by one `tool` message directly behind it."""

import base64
import json
import re
from typing import Any, Final

from pegboard.cli.sharing.standing import Standing
from pegboard_sdk.wire.records import File, Image, Message, Reasoning, ResultPart, Role, Text, ToolCall, ToolResult

MOST_MEDIA: Final = 20 << 20
_NOT_A_NAME: Final = re.compile(r"[^a-zA-Z0-9_-]")


def chat(standing: Standing) -> dict[str, Any]:
    """The body of a request, but for the model."""
    messages: list[dict[str, Any]] = []
    if standing.system:
        messages.append({"role": "system", "content": standing.system})
    waiting: list[str] = []
    made = 0
    for entry in standing.entries:
        if isinstance(entry, ToolResult):
            messages.append({"role": "tool", "tool_call_id": waiting.pop(0), "content": result_text(entry)})
            continue
        calls = [part for part in entry.parts if isinstance(part, ToolCall)]
        waiting = [f"call_{made + number}" for number in range(1, len(calls) + 1)]
        made += len(calls)
        if entry.role is Role.ASSISTANT:
            messages += _assistant(entry, calls, waiting)
        else:
            messages.append({"role": entry.role.value, "content": _content(entry, standing)})
    return {"messages": messages}


def _assistant(message: Message, calls: list[ToolCall], ids: list[str]) -> list[dict[str, Any]]:
    text = "".join(part.text for part in message.parts if isinstance(part, Text))
    if not calls:
        return [{"role": "assistant", "content": text}] if text else []
    wanted = [
        {
            "id": made,
            "type": "function",
            "function": {"name": tool_name(call), "arguments": json.dumps(arguments_of(call), ensure_ascii=False)},
        }
        for call, made in zip(calls, ids, strict=True)
    ]
    return [{"role": "assistant", "content": text or None, "tool_calls": wanted}]


def _content(message: Message, standing: Standing) -> str | list[dict[str, Any]]:
    pieces: list[dict[str, Any]] = []
    for part in message.parts:
        data = standing.bytes_of(part, MOST_MEDIA) if isinstance(part, Image) else None
        if isinstance(part, Image) and data is not None:
            url = f"data:{part.media_type};base64,{base64.b64encode(data).decode()}"
            pieces.append({"type": "image_url", "image_url": {"url": url}})
        elif not isinstance(part, ToolCall | Reasoning):
            pieces.append({"type": "text", "text": words(part)})
    if all(piece["type"] == "text" for piece in pieces):
        return "".join(str(piece["text"]) for piece in pieces)
    return pieces


def words(part: ResultPart) -> str:
    """The part in words: a text as it is, the name of what is none."""
    match part:
        case Text():
            return part.text
        case Image():
            return f"[an image, {part.media_type}]"
        case File():
            return f"[a file, {part.name or part.media_type}]"


def result_text(result: ToolResult) -> str:
    """A result in words."""
    return "".join(words(part) for part in result.parts) or f"({result.outcome.value}, without output)"


def tool_name(call: ToolCall) -> str:
    """A name that every provider takes, whatever the model had called."""
    return _NOT_A_NAME.sub("_", call.tool)[:64] or "tool"


def arguments_of(call: ToolCall) -> dict[str, Any]:
    """The arguments as an object; what is none stands in one, as it was written."""
    try:
        found = json.loads(call.arguments)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"_written": call.arguments}
