"""What a strict chat completions server refuses in a request: one sentence for each fault. It serves nothing itself."""

import json
import re

KEYS = {
    "model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "response_format",
    "temperature", "top_p", "max_tokens", "max_completion_tokens", "seed", "stop", "n", "user", "metadata",
    "reasoning_effort", "frequency_penalty", "presence_penalty", "logprobs", "top_logprobs", "store", "verbosity",
}  # fmt: skip
MESSAGE_KEYS = {
    "system": {"role", "content", "name"},
    "developer": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "assistant": {"role", "content", "name", "tool_calls", "refusal", "reasoning_content", "reasoning",
                  "reasoning_details"},
    "tool": {"role", "content", "tool_call_id"},
}  # fmt: skip
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def faults(body):
    """Every fault of a request body, in the order of its messages."""
    if not isinstance(body, dict):
        return ["the body is no JSON object"]
    found = [f"unknown parameter `{key}`" for key in body if key not in KEYS]
    if not isinstance(body.get("model"), str) or not body["model"]:
        found.append("model: missing")
    if "stream_options" in body and not body.get("stream"):
        found.append("stream_options: only when stream is true")
    found += tool_faults(body)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return [*found, "messages: missing or empty"]
    return found + message_faults(messages)


def tool_faults(body):
    """Faults of the tools that are offered."""
    if "tools" not in body:
        return []
    tools = body["tools"]
    if not isinstance(tools, list) or not tools:
        return ["tools: empty; leave it out"]
    found, names = [], []
    for at, tool in enumerate(tools):
        function = tool.get("function") or {}
        names.append(function.get("name"))
        if tool.get("type") != "function" or not NAME.fullmatch(str(function.get("name"))):
            found.append(f"tools[{at}]: no function with a proper name")
        if (function.get("parameters") or {"type": "object"}).get("type") != "object":
            found.append(f"tools[{at}]: parameters must be of type object")
    return found + [f"tools: `{name}` twice" for name in sorted(set(names), key=str) if names.count(name) > 1]


def message_faults(messages):
    """Faults of the messages, one by one and in their order."""
    found, open_calls, seen = [], {}, set()
    for at, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in MESSAGE_KEYS:
            found.append(f"messages[{at}]: role {role!r} is not known")
            continue
        found += [f"messages[{at}]: unknown key `{key}`" for key in message if key not in MESSAGE_KEYS[role]]
        if role == "tool":
            call = message.get("tool_call_id")
            if open_calls.pop(call, None) is None:
                found.append(f"messages[{at}]: tool result for {call!r}, which no open call has")
        else:
            found += [
                f"messages[{at}]: call {call!r} of messages[{made}] has no result" for call, made in open_calls.items()
            ]
            open_calls = {}
        if role in ("system", "developer") and at and messages[at - 1].get("role") not in ("system", "developer"):
            found.append(f"messages[{at}]: a {role} message after the conversation began")
        found += [f"messages[{at}]: {fault}" for fault in content_faults(role, message)]
        for call in message.get("tool_calls") or ():
            found += [f"messages[{at}]: {fault}" for fault in call_faults(call, seen)]
            open_calls[call.get("id")] = at
    found += [f"messages[{made}]: call {call!r} has no result" for call, made in open_calls.items()]
    if messages[-1].get("role") == "assistant":
        found.append("messages: the last one is the assistant's; there is nothing to answer")
    return found


def content_faults(role, message):
    """Faults of one message's content."""
    content = message.get("content")
    if role == "assistant" and "tool_calls" in message and not message["tool_calls"]:
        yield "tool_calls: empty; leave it out"
    if role == "assistant" and content is None:
        if not message.get("tool_calls"):
            yield "neither content nor tool_calls"
    elif isinstance(content, str):
        if not content:
            yield "content: empty"
    elif isinstance(content, list) and content:
        for part in content:
            yield from part_faults(role, part)
    else:
        yield f"content: {type(content).__name__} or empty"


def part_faults(role, part):
    """Faults of one part of a content that is a list."""
    kind = part.get("type")
    if kind == "text":
        if not part.get("text"):
            yield "content: an empty text part"
    elif kind == "image_url" and role == "user":
        if not re.match(r"https?://|data:image/[a-z+]+;base64,[A-Za-z0-9+/]+=*$", part["image_url"].get("url", "")):
            yield "content: an image without a usable url"
    else:
        yield f"content: a part of type {kind!r} in a message of the {role}"


def call_faults(call, seen):
    """Faults of one tool call; `seen` collects the ids of the whole conversation."""
    function = call.get("function") or {}
    ident = call.get("id")
    if not isinstance(ident, str) or not ident:
        yield "a tool call without an id"
    elif ident in seen:
        yield f"tool call id {ident!r} is used twice"
    seen.add(ident)
    if call.get("type") != "function" or not NAME.fullmatch(str(function.get("name"))):
        yield f"tool call {ident!r} has no proper function name"
    try:
        parsed = json.loads(function.get("arguments"))
    except (TypeError, ValueError):
        parsed = None
    if not isinstance(parsed, dict):
        yield f"tool call {ident!r}: arguments are not the text of a JSON object"
