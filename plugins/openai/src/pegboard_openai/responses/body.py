"""The body of a Responses request: what is asked for, around the items of a dialog. Pure.

Nothing is kept by the server (`store` is false): the conversation is ours, and what the server must know again of its
own reasoning it gives away encrypted.
"""

from typing import Any, Final

import msgspec

from pegboard_openai.draft import STREAMED, Draft
from pegboard_openai.structured import asked_form
from pegboard_sdk import ToolSpec

_encode: Final = msgspec.json.Encoder().encode
SECRET: Final = "reasoning.encrypted_content"


def body(draft: Draft) -> bytes:
    """The body; the dialog's bytes go into it as they are."""
    head = {"model": draft.model, **STREAMED[draft.is_streamed], "store": False, **_own(draft), **draft.asked.rest}
    if draft.system:
        head["instructions"] = draft.system
    if draft.tools:
        head["tools"] = [_tool(tool) for tool in draft.tools]
    return b"".join((_encode(head)[:-1], b',"input":[', *draft.dialog.pieces(), b"]}"))


def _own(draft: Draft) -> dict[str, Any]:
    asked, spared = draft.asked, draft.spared
    own: dict[str, Any] = {"include": [SECRET]}
    if draft.profile.cache_key and draft.cache_key:
        own[draft.profile.cache_key] = draft.cache_key
    if asked.max_tokens is not None:
        own["max_output_tokens"] = asked.max_tokens
    reasoning = {} if "reasoning.summary" in spared else {"summary": "auto"}
    if asked.effort:
        reasoning["effort"] = asked.effort
    if reasoning:
        own["reasoning"] = reasoning
    if (form := asked_form(asked.json_schema, draft.schemas)) is not None:
        own["text"] = {"format": form}
    return {key: value for key, value in own.items() if key not in spared}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.input,
        "strict": False,
    }
