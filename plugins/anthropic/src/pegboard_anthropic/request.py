"""The body of a request: what is asked for, around the messages of a dialog. Pure."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pegboard_anthropic.dialog import Dialog
from pegboard_anthropic.shape import Shape
from pegboard_anthropic.turns import Block
from pegboard_sdk import StreamModel, ToolSpec

_encode: Final = msgspec.json.Encoder().encode


def body(request: StreamModel, dialog: Dialog, shape: Shape, going_on: Sequence[Block] = ()) -> bytes:
    """The body; the dialog's bytes go into it as they are.

    The cache is marked behind the tools, which change least, behind the system prompt, and in the dialog. `going_on` is
    what the model said already of an answer that it goes on with.
    """
    head: dict[str, Any] = {"model": request.model, "stream": True, **shape.fields}
    pieces = [_encode(head)[:-1]]
    tools = [*request.tools, *((shape.answer_tool,) if shape.answer_tool is not None else ())]
    if tools:
        pieces += [b',"tools":[', b",".join(_encode(_tool(tool)) for tool in tools)[:-1], shape.mark, b"}]"]
    if request.system.strip():
        pieces += [b',"system":[', _encode({"type": "text", "text": request.system})[:-1], shape.mark, b"}]"]
    return b"".join((*pieces, b',"messages":[', dialog.json(shape.mark, going_on), b"]}"))


def _tool(tool: ToolSpec) -> dict[str, Any]:
    # The schema's own type comes first, and is an object's where it says nothing.
    return {"name": tool.name, "description": tool.description, "input_schema": {"type": "object", **tool.input}}
