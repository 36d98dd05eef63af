"""The strict server's rules: each refuses what a real one would."""

import pytest
from chat_rules import faults

USER = {"role": "user", "content": "go"}
CALL = {"id": "a", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "ok"}
AGAIN = {**CALLED, "tool_calls": [{**CALL, "id": "b"}]}


def body(*messages, **more):
    return {"model": "m", "messages": list(messages), **more}


def test_a_proper_conversation_has_no_fault():
    tools = [{"type": "function", "function": {"name": "bash", "parameters": {"type": "object"}}}]
    system = {"role": "system", "content": "x"}
    assert faults(body(system, USER, CALLED, RESULT, USER, tools=tools, stream=True, stream_options={})) == []


@pytest.mark.parametrize(
    ("request_body", "word"),
    [
        ([], "no JSON object"),
        ({"messages": [USER]}, "model"),
        (body(), "messages"),
        (body(USER, bogus=1), "bogus"),
        (body(USER, stream_options={}), "stream_options"),
        (body(USER, tools=[]), "tools: empty"),
        (body(USER, tools=[{"type": "function", "function": {"name": "a b"}}]), "proper name"),
        (body(USER, tools=[{"type": "function", "function": {"name": "a"}}] * 2), "twice"),
        (body(USER, RESULT), "no open call"),
        (body(USER, CALLED), "has no result"),
        (body(USER, CALLED, USER, RESULT), "has no result"),
        (body(USER, CALLED, RESULT, RESULT), "no open call"),
        (body(USER, CALLED, RESULT, CALLED, RESULT), "used twice"),
        (body(USER, {**CALLED, "tool_calls": []}), "tool_calls: empty"),
        (body(USER, {**CALLED, "tool_calls": [{**CALL, "id": ""}]}), "without an id"),
        (body({"role": "user", "content": ""}), "content: empty"),
        (body({"role": "user", "content": []}), "content"),
        (body({"role": "user", "content": [{"type": "text", "text": ""}]}), "empty text"),
        (body(USER, CALLED, {**RESULT, "content": ""}), "content: empty"),
        (body(USER, {"role": "assistant", "content": None}, USER), "neither"),
        (body(USER, {"role": "assistant", "content": "x"}), "nothing to answer"),
        (body(USER, {"role": "system", "content": "x"}), "after the conversation began"),
        (body({"role": "user", "content": "x", "extra": 1}), "unknown key"),
        (body({"role": "robot", "content": "x"}), "role"),
    ],
)
def test_each_fault_is_named(request_body, word):
    assert any(word in fault for fault in faults(request_body))


@pytest.mark.parametrize("arguments", ["", "{", "[]", None, {"a": 1}])
def test_arguments_must_be_the_text_of_an_object(arguments):
    call = {**CALL, "function": {"name": "bash", "arguments": arguments}}
    assert "arguments" in faults(body(USER, {**CALLED, "tool_calls": [call]}, RESULT))[0]


def test_every_fault_is_told_not_only_the_first():
    assert len(faults(body(USER, RESULT, AGAIN))) == 3
