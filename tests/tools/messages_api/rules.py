"""What the Messages API refuses: faults of a request, in the spirit of its own messages. No I/O."""

import itertools
import re
from typing import Any

from messages_api.caching import blocks_of
from messages_api.turn import signature_of

NEWEST = "2026-10-21"
"""The version since which there is no sampling any more, and citations and documents have fewer places."""
IDENT = re.compile(r"[a-zA-Z0-9_-]+")
NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")

PLACES = {
    "text": ("user", "assistant"),
    "image": ("user",),
    "document": ("user",),
    "tool_result": ("user",),
    "tool_use": ("assistant",),
    "thinking": ("assistant",),
    "redacted_thinking": ("assistant",),
    "server_tool_use": ("assistant",),
    "web_search_tool_result": ("assistant",),
}
"""Which messages may hold a block."""


def faults(body: Any, *, version: str = NEWEST) -> list[str]:
    """Everything that is wrong with a request to a version of the API."""
    if not isinstance(body, dict):
        return ["the body is no JSON object"]
    found = [*_head(body, version), *_tools(body), *_marks(body)]
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return [*found, "messages: at least one message is required"]
    return [*found, *_order(messages), *_contents(messages), *_calls(messages)]


def _head(body, version):
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield "model: Field required"
    most = body.get("max_tokens")
    if not isinstance(most, int) or most < 1:
        yield "max_tokens: Field required"
    thinking = body.get("thinking") or {}
    if thinking.get("type") == "enabled":
        budget = thinking.get("budget_tokens", 0)
        if budget < 1024:
            yield "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"
        if isinstance(most, int) and most <= budget:
            yield "`max_tokens` must be greater than `thinking.budget_tokens`"
        if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
            yield "Thinking may not be enabled when tool_choice forces tool use."
    known = {
        "model", "max_tokens", "messages", "system", "tools", "tool_choice", "stream", "thinking", "output_config",
        "stop_sequences", "metadata", "service_tier", "cache_control", "container",
    }  # fmt: skip
    known |= {"temperature", "top_p", "top_k"} if version < NEWEST else set()
    for key in body.keys() - known:
        yield f"{key}: Extra inputs are not permitted"


def _tools(body):
    names = [tool.get("name", "") for tool in body.get("tools") or ()]
    for tool in body.get("tools") or ():
        if not NAME.fullmatch(tool.get("name", "")):
            yield f"tools: name {tool.get('name')!r} does not match {NAME.pattern}"
        if (tool.get("input_schema") or {}).get("type") != "object":
            yield f"tools.{tool.get('name')}.input_schema.type: Field required"
    if len(names) != len(set(names)):
        yield "tools: Tool names must be unique."
    choice = body.get("tool_choice") or {}
    if choice.get("type") == "tool" and choice.get("name") not in names:
        yield f"tool_choice: Tool '{choice.get('name')}' not found in provided tools"


def _marks(body):
    marked = [block for _, block in blocks_of(body) if block.get("cache_control")]
    if len(marked) > 4:
        yield f"A maximum of 4 blocks with cache_control may be provided. Found {len(marked)}."
    for block in marked:
        if block.get("type") in ("thinking", "redacted_thinking"):
            yield f"{block['type']} blocks cannot have cache_control"


def _order(messages):
    if messages[0].get("role") != "user":
        yield 'messages: first message must use the "user" role'
    for at, (one, other) in enumerate(itertools.pairwise(messages)):
        if one.get("role") == other.get("role"):
            yield f"messages.{at + 1}: roles must alternate"
    last = messages[-1].get("content")
    is_paused = any(block.get("type") == "server_tool_use" for block in last if isinstance(last, list))
    if messages[-1].get("role") != "user" and not is_paused:
        yield "This model does not support assistant message prefill. The conversation must end with a user message."


def _contents(messages):
    for at, message in enumerate(messages):
        content = message.get("content")
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if not content:
            yield f"messages.{at}: all messages must have non-empty content"
        for number, block in enumerate(content or ()):
            yield from _block(f"messages.{at}.content.{number}", message.get("role"), block)


def _block(where, role, block):
    kind = block.get("type")
    if kind not in PLACES:
        yield f"{where}: Input tag {kind!r} found using 'type' does not match any of the expected tags"
    elif role not in PLACES[kind]:
        yield f"{where}: `{kind}` blocks are not allowed in `{role}` messages"
    if role == "user" and block.get("citations") and kind == "text":
        yield f"{where}.citations: not allowed in `user` messages"
    for wrong in WRONG.get(kind, lambda _: ())(block) if kind != "tool_result" else _result(where, block):
        yield f"{where}: {wrong}"


def _text(block):
    if not block.get("text", "").strip():
        yield "text content blocks must contain non-whitespace text"


def _thinking(block):
    if block.get("signature") != signature_of(block.get("thinking", "")):
        yield "Invalid `signature` in `thinking` block"


def _image(block):
    if block["source"].get("media_type") not in IMAGES:
        yield f"source.media_type: Input should be {IMAGES}"


def _use(block):
    if not IDENT.fullmatch(block.get("id", "")) or not NAME.fullmatch(block.get("name", "")):
        yield "id and name should match pattern"
    if not isinstance(block.get("input"), dict):
        yield "input: Input should be a valid dictionary"


def _result(where, block):
    inner = block.get("content") or ()
    inner = [{"type": "text", "text": inner}] if isinstance(inner, str) else inner
    if block.get("is_error") and any(each["type"] != "text" for each in inner):
        yield "all content must be type `text` if `is_error` is true"
    for each in inner:
        yield from _block(where, "user", each)


WRONG = {"text": _text, "thinking": _thinking, "image": _image, "tool_use": _use}


def _calls(messages):
    """Each call has its result at the very beginning of the next message, and no result is without its call."""
    seen: set[str] = set()
    open_calls: list[str] = []
    for at, message in enumerate(messages):
        content = message.get("content")
        blocks = content if isinstance(content, list) else []
        head = [b.get("tool_use_id") for b in blocks[: len(open_calls)] if b.get("type") == "tool_result"]
        if sorted(map(str, head)) != sorted(open_calls):
            yield f"messages.{at}: `tool_use` ids without `tool_result` blocks immediately after: {open_calls}"
        for block in blocks[len(open_calls) :]:
            if block.get("type") == "tool_result":
                yield f"messages.{at}: unexpected `tool_use_id` in `tool_result`: {block.get('tool_use_id')}"
        open_calls = [b.get("id", "") for b in blocks if b.get("type") == "tool_use"]
        if len(set(open_calls)) != len(open_calls) or seen & set(open_calls):
            yield f"messages.{at}: `tool_use` ids must be unique"
        seen |= set(open_calls)
    if open_calls:
        yield f"`tool_use` ids without `tool_result` blocks: {open_calls}"
