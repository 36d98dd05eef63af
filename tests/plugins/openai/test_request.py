"""The body of a request."""

import json

import pytest
from chat_rules import faults

from pegboard_openai.dialog import Dialog
from pegboard_openai.request import body, is_closed
from pegboard_sdk import InvalidParams, Message, Role, StreamModel, Text, ToolSpec

TOOL = ToolSpec(name="bash", description="Runs a command.", input={"type": "object", "properties": {}})


def body_of(request, *, counted=True):
    dialog = Dialog()
    dialog.extend([Message(role=Role.USER, parts=(Text(text="hi"),))], {})
    return json.loads(body(request, dialog, counted=counted))


def asking(**more):
    return StreamModel(model="org/model:7b", conversation="c", **more)


def test_a_full_body_is_one_that_a_strict_server_takes():
    full = body_of(asking(system="Be brief.", tools=(TOOL,), params={"temperature": 0}))
    assert faults(full) == []
    assert full["model"] == "org/model:7b"
    assert full["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}]
    assert full["tools"][0]["function"]["parameters"] == TOOL.input
    assert full["stream_options"] == {"include_usage": True}


def test_what_is_empty_is_left_out():
    assert body_of(asking(), counted=False) == {
        "model": "org/model:7b", "stream": True, "messages": [{"role": "user", "content": "hi"}],
    }  # fmt: skip


def test_a_conversation_without_messages_is_still_json():
    data = body(asking(system="x"), Dialog(), counted=False)
    assert json.loads(data)["messages"] == [{"role": "system", "content": "x"}]


@pytest.mark.parametrize("key", ["model", "messages", "tools", "stream", "stream_options", "n"])
def test_a_parameter_that_is_ours_is_refused_by_name(key):
    with pytest.raises(InvalidParams, match=f"`{key}`"):
        body_of(asking(params={key: 1}))


def test_a_schema_becomes_the_format_of_the_answer():
    schema = {"type": "object", "properties": {"x": {"type": "string"}}}
    asked = body_of(asking(params={"json_schema": schema}))["response_format"]
    assert asked == {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": False}}
    with pytest.raises(InvalidParams, match="json_schema"):
        body_of(asking(params={"json_schema": "x"}))


def test_only_closed_schemas_are_asked_for_strictly():
    closed = {
        "type": "object",
        "properties": {"x": {"type": "string"}},
        "required": ["x"],
        "additionalProperties": False,
    }
    assert is_closed(closed)
    assert is_closed({"type": "array", "items": closed, "examples": [{"properties": {}}]})
    assert not is_closed({**closed, "required": []})
    assert not is_closed({**closed, "properties": {"x": {"type": "object"}}})
    assert not is_closed({"$defs": {"y": {"type": "object", "properties": {}}}, **closed})
