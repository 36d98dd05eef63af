"""Events of a Responses stream as an answer, also from servers that leave some out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_openai.responses.answer import Answer
from pegboard_sdk import Finish, Reasoning, Text, ToolCall, Usage
from pegboard_sdk.http import BAD_JSON, Reported

MESSAGE = {"type": "message", "content": [{"type": "output_text", "text": "Hallo"}]}
CALL = {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": "{}"}
THOUGHT = {"type": "reasoning", "id": "r", "summary": [{"text": "a"}, {"text": "b"}], "encrypted_content": "x"}


def read(*events, **more):
    answer = Answer(model="m", at="a.example", **more)
    deltas = [delta for event in events for delta in answer.read(json.dumps(event).encode())]
    return answer, deltas


def done(**more):
    return {"type": "response.completed", "response": {"status": "completed", **more}}


def test_a_whole_response_without_events_is_an_answer():
    usage = {"input_tokens": 3, "output_tokens": 2, "input_tokens_details": {"cached_tokens": 1}}
    answer, deltas = read({"status": "completed", "output": [THOUGHT, MESSAGE, CALL], "usage": usage})
    message = answer.message()
    assert [type(part) for part in message.parts] == [Reasoning, Text, ToolCall]
    assert message.parts[0].text == "a\n\nb"
    assert message.parts[0].opaque.data["item"]["encrypted_content"] == "x"
    assert message.finish is Finish.TOOL_CALLS
    assert answer.usage() == Usage(input=3, output=2, cached=1)
    assert [delta.stream for delta in deltas] == ["reasoning", "text", "arguments"]


def test_items_that_are_only_told_when_they_are_done_are_told_once():
    item = {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE}
    answer, deltas = read(item, done(output=[MESSAGE]))
    assert [delta.text for delta in deltas] == ["Hallo"]
    assert answer.message().parts == (Text(text="Hallo"),)


def test_ids_of_calls_are_never_used_twice():
    one = {"type": "response.output_item.done", "output_index": 0, "item": CALL}
    two = {"type": "response.output_item.done", "output_index": 1, "item": CALL}
    answer, _ = read(one, two, done(), taken={"c1"})
    calls = [part.call for part in answer.message().parts]
    assert len({*calls, "c1"}) == 3


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "error", "code": "x", "message": "tired"}, "tired"),
        ({"error": {"message": "tired"}}, "tired"),
        ({"type": "response.failed", "response": {"status": "failed", "error": {"message": "tired"}}}, "tired"),
        ({"type": "response.failed", "response": {"status": "failed"}}, "not why"),
    ],
)
def test_what_the_server_reports_is_reported(event, words):
    with pytest.raises(Reported) as caught:
        read(event)
    assert words in caught.value.fault.message


@pytest.mark.parametrize(
    ("reason", "finish"), [("max_output_tokens", Finish.LENGTH), ("content_filter", Finish.FILTERED)]
)
def test_an_incomplete_response_says_why(reason, finish):
    response = {"status": "incomplete", "incomplete_details": {"reason": reason}, "output": [MESSAGE]}
    answer, _ = read({"type": "response.incomplete", "response": response})
    assert answer.message().finish is finish
    assert answer.is_done


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: (
            st.lists(v)
            | st.dictionaries(st.sampled_from(["type", "item", "delta", "response", "output", "status", "content"]), v)
        ),
    )
)
def test_whatever_a_server_sends_is_an_answer_or_an_error_that_is_known(value):
    answer = Answer(model="m")
    try:
        answer.read(json.dumps(value).encode())
    except (*BAD_JSON, Reported):
        return
    answer.message()
