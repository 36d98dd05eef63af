"""The body of a chat completions request: what is asked for, around the messages of a dialog. Pure."""

from typing import Any, Final

import msgspec

from pegboard_openai.draft import STREAMED, Draft
from pegboard_openai.profile import Effort
from pegboard_openai.structured import asked_form
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
        own[profile.effort.value] = {"effort": asked.effort} if profile.effort is Effort.OBJECT else asked.effort
    if (form := asked_form(asked.json_schema, draft.schemas)) is not None:
        own["response_format"] = _nested(form)
    return {key: value for key, value in own.items() if key not in draft.spared}


def _nested(form: dict[str, Any]) -> dict[str, Any]:
    """What Responses says flat stands below the name of its type here."""
    rest = {key: value for key, value in form.items() if key != "type"}
    return {"type": form["type"], form["type"]: rest} if rest else form


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input}
    return {"type": "function", "function": function}
