"""The body of a chat completions request: what is asked for, around the messages of a dialog. Pure."""

from typing import Any, Final

import msgspec

from pegboard_openai.asked import is_closed
from pegboard_openai.draft import STREAMED, Draft
from pegboard_openai.profile import Effort, Schemas
from pegboard_sdk import ToolSpec

_encode: Final = msgspec.json.Encoder().encode


def body(draft: Draft) -> bytes:
    """The body; the dialog's bytes go into it as they are."""
    head = {"model": draft.model, **STREAMED[draft.is_streamed], **_own(draft), **draft.asked.rest}
    if draft.tools:
        head["tools"] = [_tool(tool) for tool in draft.tools]
    opening = _encode(head)[:-1] + b',"messages":['
    messages = draft.dialog.pieces()
    if draft.system:
        opening += _encode({"role": "system", "content": draft.system}) + (b"," if messages else b"")
    return b"".join((opening, *messages, b"]}"))


def _own(draft: Draft) -> dict[str, Any]:
    """What we ask for of our own accord, and parameters in this endpoint's words."""
    profile, asked = draft.profile, draft.asked
    own: dict[str, Any] = {}
    if profile.counts and draft.is_streamed:
        own["stream_options"] = {"include_usage": True}
    if profile.cache_key and draft.cache_key:
        own[profile.cache_key] = draft.cache_key
    if asked.max_tokens is not None:
        own[profile.limit] = asked.max_tokens
    if asked.effort:
        own |= (
            {"reasoning": {"effort": asked.effort}}
            if profile.effort is Effort.OBJECT
            else {"reasoning_effort": asked.effort}
        )
    if asked.json_schema is not None and draft.schemas is Schemas.OBJECT:
        own["response_format"] = {"type": "json_object"}
    elif asked.json_schema is not None and draft.schemas is not Schemas.NONE:
        schema = {"name": "answer", "schema": asked.json_schema, "strict": is_closed(asked.json_schema)}
        own["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {key: value for key, value in own.items() if key not in draft.spared}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input}
    return {"type": "function", "function": function}
