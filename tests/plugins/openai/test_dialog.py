"""A conversation as messages that a strict server takes, however it grew."""

import json
from itertools import pairwise

import pytest
from chat_rules import message_faults
from hypothesis import given
from hypothesis import strategies as st

from pegboard_openai.chat.form import ChatForm
from pegboard_openai.dialog import Dialog
from pegboard_sdk import (
    Image,
    InvalidParams,
    Message,
    Opaque,
    Outcome,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
)
from pegboard_sdk.http import BlobMissing

PNG = b"\x89PNG not really"


def messages_of(dialog):
    return json.loads(b"[" + b"".join(dialog.pieces()) + b"]")


def built(*entries, blobs=None):
    dialog = Dialog(ChatForm())
    dialog.extend(entries, blobs or {})
    return messages_of(dialog)


def user(text="go on"):
    return Message(role=Role.USER, parts=(Text(text=text),))


def assistant(*calls, text="", arguments="{}"):
    said = (Text(text=text),) if text else ()
    return Message(
        role=Role.ASSISTANT, parts=(*said, *(ToolCall(call=call, tool="bash", arguments=arguments) for call in calls))
    )


def result(call, text="fine", outcome=Outcome.OK, parts=None):
    return ToolResult(call=call, tool="bash", outcome=outcome, parts=parts or ((Text(text=text),) if text else ()))


@st.composite
def conversations(draw):
    """Entries as a kernel makes them, also after interrupts: results may be missing, images may be anywhere."""
    entries, made = [user()], 0
    for _ in range(draw(st.integers(0, 6))):
        calls = [f"c{made + at}" for at in range(draw(st.integers(0, 3)))]
        made += len(calls)
        entries.append(assistant(*calls, text=draw(st.sampled_from(["", "well"])), arguments=draw(
            st.sampled_from(["{}", "", '{"x": 1}', '{"x": ', "[1]", "nonsense"]))))  # fmt: skip
        for call in draw(st.permutations(calls)):
            if draw(st.integers(0, 5)):
                parts = draw(st.sampled_from([(), (Text(text="out"),), (Image(handle="h", media_type="image/png"),)]))
                entries.append(result(call, outcome=draw(st.sampled_from(Outcome)), parts=parts, text=""))
        if not calls or draw(st.booleans()):
            entries.append(user())
    if entries[-1] != user():
        entries.append(user())
    return entries


@given(conversations(), st.lists(st.integers(0, 30), max_size=5))
def test_a_strict_server_takes_every_conversation_however_it_grew(entries, cuts):
    blobs = {"h": PNG}
    whole = built(*entries, blobs=blobs)
    assert message_faults(whole) == []
    dialog, edges = Dialog(ChatForm()), [0, *sorted(min(cut, len(entries)) for cut in cuts), len(entries)]
    for a, b in pairwise(edges):
        dialog.extend(entries[a:b], blobs)
        messages_of(dialog)
    assert messages_of(dialog) == whole
    assert dialog.course.count == len(entries)


def test_a_request_in_the_middle_of_calls_has_a_result_for_each():
    dialog = Dialog(ChatForm())
    dialog.extend([user(), assistant("a", "b"), result("b")], {})
    assert message_faults(messages_of(dialog)) == []
    dialog.extend([result("a", "late")], {})
    assert [m["content"] for m in messages_of(dialog) if m["role"] == "tool"] == ["fine", "late"]


def test_what_was_sent_stays_as_it_was_when_the_conversation_grows():
    dialog = Dialog(ChatForm())
    dialog.extend([user(), assistant("a"), result("a")], {})
    before = b"".join(dialog.pieces())
    dialog.extend([assistant(text="done"), user()], {})
    assert b"".join(dialog.pieces()).startswith(before + b",")


@pytest.mark.parametrize("entries", [[result("a")], [assistant("a"), result("a"), result("a")]])
def test_a_result_that_answers_no_open_call_is_refused_with_its_name(entries):
    with pytest.raises(InvalidParams, match=r"`bash` answers call a"):
        built(user(), *entries)


def test_failures_are_marked_in_the_text():
    outcomes = [Outcome.FAILED, Outcome.DENIED, Outcome.CANCELLED, Outcome.UNKNOWN, Outcome.OK]
    calls = [f"c{at}" for at in range(5)]
    answers = [result(call, "x", outcome) for call, outcome in zip(calls, outcomes, strict=True)]
    said = [m["content"] for m in built(user(), assistant(*calls), *answers) if m["role"] == "tool"]
    assert [text.split("\n")[0][:9] for text in said] == ["[failed]", "[denied]", "[cancelle", "[outcome ", "x"]


def test_arguments_that_are_no_object_are_sent_back_as_one():
    (_, said) = built(user(), assistant("a", arguments='{"x": '))[:2]
    assert json.loads(said["tool_calls"][0]["function"]["arguments"]) == {"invalid_json": '{"x": '}


def test_images_are_data_urls_and_those_of_results_follow_all_results():
    shot = Image(handle="h", media_type="image/png")
    asked = Message(role=Role.USER, parts=(Text(text="see"), shot))
    said = built(asked, assistant("a", "b"), result("a", parts=(shot,)), result("b"), blobs={"h": PNG})
    assert [m["role"] for m in said] == ["user", "assistant", "tool", "tool", "user"]
    assert said[0]["content"][1]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert said[4]["content"][1] == said[0]["content"][1]


def test_an_image_whose_bytes_did_not_come_is_named():
    with pytest.raises(BlobMissing, match="h"):
        built(Message(role=Role.USER, parts=(Image(handle="h", media_type="image/png"),)))


def test_opaque_data_goes_back_only_to_whom_it_came_from_and_only_beside_calls():
    ours = Reasoning(text="hm", opaque=Opaque(provider="openai", data={"field": "reasoning_content"}))
    theirs = Reasoning(text="ah", opaque=Opaque(provider="other", data={"field": "reasoning_content"}))
    call = ToolCall(
        call="a", tool="bash", arguments="{}", opaque=Opaque(provider="openai", data={"extra_content": {"k": 1}})
    )
    spoken = Message(role=Role.ASSISTANT, parts=(ours, Text(text="x")))
    called = Message(role=Role.ASSISTANT, parts=(ours, call))
    foreign = Message(role=Role.ASSISTANT, parts=(theirs, ToolCall(call="b", tool="bash", arguments="{}")))
    said = built(user(), spoken, user(), called, result("a"), foreign, result("b"))
    assert "reasoning_content" not in said[1]
    assert said[3]["reasoning_content"] == "hm"
    assert said[3]["tool_calls"][0]["extra_content"] == {"k": 1}
    assert "reasoning_content" not in said[5]
