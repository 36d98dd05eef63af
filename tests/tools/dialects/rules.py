"""What each endpoint refuses in a request: one sentence for each fault, in front of an answer of any kind. No I/O."""

import re

from chat_rules import KEYS, message_faults, tool_faults

from dialects.dialect import Dialect

_SHARED = KEYS - {"reasoning_effort", "max_completion_tokens", "verbosity", "store", "metadata"}
_RESPONSES = {
    "model", "input", "instructions", "stream", "store", "include", "tools", "tool_choice", "parallel_tool_calls",
    "reasoning", "text", "max_output_tokens", "temperature", "top_p", "prompt_cache_key", "metadata", "truncation",
    "previous_response_id", "service_tier", "user", "top_logprobs", "safety_identifier",
}  # fmt: skip
_ITEMS = {
    "message": {"type", "role", "content", "id", "status"},
    "function_call": {"type", "call_id", "name", "arguments", "id", "status"},
    "function_call_output": {"type", "call_id", "output", "id", "status"},
    "reasoning": {"type", "id", "summary", "content", "encrypted_content", "status"},
}
_PARTS = {
    "user": {"input_text", "input_image", "input_file"},
    "system": {"input_text"},
    "developer": {"input_text"},
    "assistant": {"output_text", "refusal"},
}


def request_faults(dialect: Dialect, body: object) -> list[str]:
    """Every fault of a request body."""
    if not isinstance(body, dict):
        return ["the body is no JSON object"]
    if dialect.api == "responses":
        return _responses_faults(body)
    known = (_SHARED | dialect.allows) - dialect.refuses
    found = [f"unknown parameter `{key}`" for key in body if key not in known]
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return [*found, "messages: missing or empty"]
    found += tool_faults(body) + message_faults(messages)
    for message in messages:
        calls = message.get("tool_calls") or ()
        if dialect.strict_ids:
            found += [f"id {c['id']!r} is not 9 of a-zA-Z0-9" for c in calls if not re.fullmatch(r"\w{9}", c["id"])]
        if dialect.wants_reasoning and calls and "reasoning_content" not in message:
            found.append("Missing `reasoning_content` field in the assistant message with tool calls")
        if dialect.extra_content and any(c.get("extra_content") != dialect.extra_content for c in calls[:1]):
            found.append("Function call is missing a thought_signature")
    return found


def _responses_faults(body: dict) -> list[str]:
    found = [f"Unknown parameter: '{key}'." for key in body if key not in _RESPONSES]
    for tool in body.get("tools", ()):
        if tool.get("type") != "function" or not tool.get("name"):
            found.append("Missing required parameter: 'tools[0].name'.")
    items = body.get("input")
    if not isinstance(items, list) or not items:
        return [*found, "Missing required parameter: 'input'."]
    open_calls: dict[str, int] = {}
    for at, item in enumerate(items):
        kind = item.get("type", "message")
        if kind not in _ITEMS:
            found.append(f"Invalid value: 'input[{at}].type' {kind!r}")
            continue
        found += [f"Unknown parameter: 'input[{at}].{key}'." for key in item if key not in _ITEMS[kind]]
        if kind == "function_call":
            open_calls[item["call_id"]] = at
        elif kind == "function_call_output":
            if open_calls.pop(item["call_id"], None) is None:
                found.append(f"No tool call found for function call output with call_id {item['call_id']}.")
        elif kind == "reasoning":
            found += _reasoning_faults(items, at)
        else:
            found += _content_faults(item, at)
    return found + [f"No tool output found for function call {call}." for call in open_calls]


def _reasoning_faults(items: list[dict], at: int) -> list[str]:
    if not items[at].get("encrypted_content"):
        return [f"Item 'input[{at}]' of type 'reasoning' was not stored: send its encrypted_content."]
    follower = items[at + 1] if at + 1 < len(items) else {}
    is_ours = follower.get("type") in ("function_call", "reasoning") or follower.get("role") == "assistant"
    return [] if is_ours else [f"Item 'input[{at}]' of type 'reasoning' was provided without its following item."]


def _content_faults(item: dict, at: int) -> list[str]:
    content = item.get("content")
    if isinstance(content, str):
        return [] if content else [f"input[{at}].content: empty"]
    kinds = [part.get("type") for part in content or ()]
    wrong = [kind for kind in kinds if kind not in _PARTS.get(item.get("role", ""), ())]
    return [f"Invalid value: {kind!r} in a message of the {item.get('role')}" for kind in wrong]
