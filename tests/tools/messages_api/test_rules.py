"""The strict server's rules: each refuses what the real one would."""

import pytest

from messages_api.rules import faults
from messages_api.turn import signature_of

USER = {"role": "user", "content": "go"}
CALL = {"type": "tool_use", "id": "a", "name": "bash", "input": {}}
CALLED = {"role": "assistant", "content": [CALL]}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "ok"}]}
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": signature_of("Hm.")}
MARK = {"cache_control": {"type": "ephemeral"}}


def body(*messages, **more):
    return {"model": "m", "max_tokens": 100, "messages": list(messages), **more}


def result(**more):
    return {"role": "user", "content": [{**RESULT["content"][0], **more}]}


def said(*blocks):
    return {"role": "assistant", "content": list(blocks)}


def test_a_proper_conversation_has_no_fault():
    tools = [{"name": "bash", "input_schema": {"type": "object"}}]
    assert faults(body(USER, said(THOUGHT, CALL), result(content=[PNG]), tools=tools, stream=True)) == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (body(), "at least one"),
        ({"messages": [USER]}, "model"),
        ({"model": "m", "messages": [USER]}, "max_tokens"),
        (body(CALLED, RESULT), "first message"),
        (body(USER, USER), "alternate"),
        (body(USER, said({"type": "text", "text": "a"})), "prefill"),
        (body(USER, CALLED, USER), "without `tool_result`"),
        (body(USER, CALLED, RESULT, CALLED, RESULT), "unique"),
        (body(RESULT), "unexpected"),
        (body(USER, CALLED, result(tool_use_id="b")), "without `tool_result`"),
        (body(USER, said({**CALL, "id": "call:1"}), result(tool_use_id="call:1")), "match pattern"),
        (body(USER, said({**CALL, "input": "{}"}), RESULT), "dictionary"),
        (body(USER, CALLED, result(is_error=True, content=[PNG])), "is_error"),
        (body(USER, said({**THOUGHT, "signature": "x"}, CALL), RESULT), "signature"),
        (body({"role": "user", "content": [{"type": "text", "text": " \n"}]}), "non-whitespace"),
        (body({"role": "user", "content": []}), "non-empty"),
        (body({"role": "user", "content": [THOUGHT]}), "not allowed"),
        (body(USER, tools=[{"name": "a b", "input_schema": {"type": "object"}}]), "match"),
        (body(USER, tools=[{"name": "a", "input_schema": {}}]), "input_schema"),
        (body(USER, system=[{"type": "text", "text": "a", **MARK}] * 5), "maximum of 4"),
        (body(USER, thinking={"type": "enabled", "budget_tokens": 2000}), "greater than"),
        (body(USER, reasoning_effort="high"), "Extra inputs"),
        (body(USER, temperature=0), "temperature: Extra inputs"),
        (body({"role": "user", "content": [{"type": "text", "text": "a", "citations": [{}]}]}), "citations"),
        (body(USER, tool_choice={"type": "tool", "name": "x"}), "not found"),
    ],
)
def test_what_the_real_server_refuses_is_refused(wrong, named):
    assert any(named in found for found in faults(wrong)), faults(wrong)


def test_the_older_version_takes_a_temperature():
    assert faults(body(USER, temperature=0), version="2023-06-01") == []
