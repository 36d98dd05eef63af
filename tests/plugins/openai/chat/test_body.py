"""The body of a request."""

import json

import pytest
from chat_rules import faults

from pegboard_openai.asked import asked_of
from pegboard_openai.chat.body import body
from pegboard_openai.chat.form import ChatForm
from pegboard_openai.dialog import Dialog
from pegboard_openai.draft import Draft
from pegboard_openai.profiles import GENERIC, named
from pegboard_openai.structured import is_closed
from pegboard_sdk import InvalidParams, Message, Role, StreamModel, Text, ToolSpec

TOOL = ToolSpec(name="bash", description="Runs a command.", input={"type": "object", "properties": {}})


def body_of(request, *, profile=GENERIC, says=True, **more):
    dialog = Dialog(ChatForm())
    dialog.extend([Message(role=Role.USER, parts=(Text(text="hi"),))] if says else [], {})
    draft = Draft(
        model=request.model,
        dialog=dialog,
        asked=asked_of(request),
        profile=profile,
        system=request.system,
        tools=request.tools,
        **more,
    )
    return json.loads(body(draft))


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
    assert body_of(asking(), spared=frozenset({"stream_options"})) == {
        "model": "org/model:7b", "stream": True, "messages": [{"role": "user", "content": "hi"}],
    }  # fmt: skip


def test_a_conversation_without_messages_is_still_json():
    assert body_of(asking(system="x"), says=False)["messages"] == [{"role": "system", "content": "x"}]


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


def test_parameters_are_said_in_the_words_of_the_endpoint():
    asked = asking(params={"max_tokens": 9, "reasoning_effort": "low"})
    assert body_of(asked)["max_tokens"] == 9
    assert body_of(asked, profile=named("openai"))["max_completion_tokens"] == 9
    assert body_of(asked)["reasoning_effort"] == "low"
    assert body_of(asked, profile=named("openrouter"))["reasoning"] == {"effort": "low"}
    assert "stream_options" not in body_of(asked, profile=named("mistral"))
    assert body_of(asked, profile=named("openai"), cache_key="s1")["prompt_cache_key"] == "s1"
    assert "prompt_cache_key" not in body_of(asked, cache_key="s1")


@pytest.mark.parametrize(
    ("name", "value"), [("max_tokens", 0), ("max_tokens", "9"), ("reasoning_effort", 1), ("api", "soap")]
)
def test_a_parameter_that_cannot_be_used_is_named(name, value):
    with pytest.raises(InvalidParams, match=name):
        body_of(asking(params={name: value}))
