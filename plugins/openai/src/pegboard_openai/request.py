"""The body of a request: what is asked for, around the messages of a dialog. Pure."""

from typing import Any, Final

import msgspec

from pegboard_openai.dialog import Dialog
from pegboard_sdk import InvalidParams, StreamModel, ToolSpec

_encode: Final = msgspec.json.Encoder().encode
OURS: Final = ("model", "messages", "tools", "stream", "stream_options", "n")
"""Keys of a body that no parameter may replace."""


def body(request: StreamModel, dialog: Dialog, *, counted: bool) -> bytes:
    """The body; the dialog's bytes go into it as they are.

    `counted` asks for usage at the end of the stream, which some servers refuse. Raises InvalidParams for a parameter
    that is ours to set.
    """
    head: dict[str, Any] = {"model": request.model, "stream": True}
    if counted:
        head["stream_options"] = {"include_usage": True}
    head |= _params(request.params)
    if request.tools:
        head["tools"] = [_tool(tool) for tool in request.tools]
    opening = _encode(head)[:-1] + b',"messages":['
    messages = tuple(piece for piece in dialog.pieces() if piece)
    if request.system:
        opening += _encode({"role": "system", "content": request.system}) + (b"," if messages else b"")
    return b"".join((opening, *messages, b"]}"))


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input}
    return {"type": "function", "function": function}


def _params(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters go through as they are, but for `json_schema`, which has a form of its own."""
    wrong = [key for key in params if key in OURS]
    if wrong:
        raise InvalidParams(f"params: `{wrong[0]}` is set by the openai plugin itself; leave it out")
    passed = {key: value for key, value in params.items() if key != "json_schema"}
    schema = params.get("json_schema")
    if schema is not None:
        if not isinstance(schema, dict):
            raise InvalidParams("params: `json_schema` must be a JSON Schema object")
        named = {"name": "answer", "schema": schema, "strict": is_closed(schema)}
        passed["response_format"] = {"type": "json_schema", "json_schema": named}
    return passed


def is_closed(schema: object) -> bool:
    """Whether a schema has the form that strict output demands: closed objects whose properties are all required."""
    if isinstance(schema, list):
        return all(map(is_closed, schema))
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, dict):
        names = set(properties) if isinstance(properties, dict) else set()
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != names:
            return False
    return all(is_closed(value) for key, value in schema.items() if key not in ("enum", "const", "default", "examples"))
