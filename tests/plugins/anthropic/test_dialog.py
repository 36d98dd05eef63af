"""Whatever a conversation went through, what is sent is one that the strict server takes."""

import json
from string import printable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages_api.rules import faults
from messages_api.turn import signature_of

from pegboard_anthropic.dialog import Dialog
from pegboard_sdk import (
    File,
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

MARK = b',"cache_control":{"type":"ephemeral"}'
USER = Message(role=Role.USER, parts=(Text(text="go"),))
BLOBS = {"png": b"png", "pdf": b"%PDF"}

texts = st.text(st.sampled_from(printable), max_size=8).map(lambda text: Text(text=text))
signed = st.text(max_size=4).map(
    lambda text: Reasoning(text=text, opaque=Opaque(provider="anthropic", data={"signature": signature_of(text)}))
)
hidden = st.just(
    Reasoning(opaque=Opaque(provider="anthropic", data={"block": {"type": "redacted_thinking", "data": "x"}}))
)
foreign = st.just(Reasoning(text="hm", opaque=Opaque(provider="openai", data={"field": "reasoning"})))
images = st.sampled_from(["image/png", "image/tiff"]).map(lambda kind: Image(handle="png", media_type=kind))
files = st.sampled_from(["application/pdf", "text/x-python", "application/zip"]).map(
    lambda kind: File(handle="pdf", name="f", media_type=kind)
)
calls = st.tuples(st.sampled_from(["bash", "read.file", "", "ä" * 200]), st.sampled_from(["", "{}", '{"a": 1}', "no"]))


@st.composite
def conversations(draw):
    """Turns of all kinds, results of any number of the calls, in any order."""
    entries, number = [], 0
    for _ in range(draw(st.integers(0, 6))):
        match draw(st.sampled_from(["user", "assistant", "system"])):
            case "user":
                parts = draw(st.lists(st.one_of(texts, images, files), max_size=3))
                entries.append(Message(role=Role.USER, parts=tuple(parts)))
            case "system":
                entries.append(Message(role=Role.SYSTEM, parts=(draw(texts),)))
            case _:
                parts = draw(st.lists(st.one_of(texts, signed, hidden, foreign), max_size=3))
                made = []
                for tool, arguments in draw(st.lists(calls, max_size=3)):
                    number += 1
                    ident = draw(st.sampled_from([f"toolu_{number}", f"functions.bash:{number}", f"ü{number}"]))
                    made.append(ToolCall(call=ident, tool=tool, arguments=arguments))
                entries.append(Message(role=Role.ASSISTANT, parts=(*parts, *made)))
                for call in draw(st.permutations(made))[: draw(st.integers(0, 3))]:
                    inner = tuple(draw(st.lists(st.one_of(texts, images), max_size=2)))
                    outcome = draw(st.sampled_from(Outcome))
                    entries.append(ToolResult(call=call.call, tool=call.tool, outcome=outcome, parts=inner))
    return entries


def sent(dialog, **more):
    messages = json.loads(b"[" + dialog.json(MARK, **more) + b"]")
    return {"model": "m", "max_tokens": 100, "messages": messages}


@settings(max_examples=60, deadline=None)
@given(conversations(), st.data())
def test_every_conversation_is_one_that_the_server_takes(entries, data):
    cut = data.draw(st.integers(0, len(entries)))
    grown, whole = Dialog(), Dialog()
    grown.extend(entries[:cut], BLOBS)
    grown.extend(entries[cut:], BLOBS)
    whole.extend(entries, BLOBS)
    assert grown.json(b"") == whole.json(b"")
    assert faults(sent(grown)) == []


@settings(max_examples=30, deadline=None)
@given(conversations())
def test_nothing_that_was_said_before_changes_when_more_is_said(entries):
    dialog, before = Dialog(), b""
    for entry in entries:
        dialog.extend([entry], BLOBS)
        now = bytes(dialog._json)
        assert now.startswith(before)
        before = now


def test_results_come_first_and_what_the_user_added_behind_them():
    dialog = Dialog()
    call = ToolCall(call="a", tool="bash", arguments="{}")
    result = ToolResult(call="a", tool="bash", outcome=Outcome.OK, parts=(Text(text="ok"),))
    dialog.extend([USER, Message(role=Role.ASSISTANT, parts=(call,)), result, USER], {})
    blocks = sent(dialog)["messages"][-1]["content"]
    assert [block["type"] for block in blocks] == ["tool_result", "text"]
    assert blocks[1]["cache_control"] == {"type": "ephemeral"}


def test_a_failed_result_is_an_error_in_words_where_it_has_an_image():
    for parts, is_error in (((Text(text="no"),), True), ((Image(handle="png", media_type="image/png"),), None)):
        dialog = Dialog()
        call = ToolCall(call="a", tool="bash", arguments="{}")
        failed = ToolResult(call="a", tool="bash", outcome=Outcome.FAILED, parts=parts)
        dialog.extend([USER, Message(role=Role.ASSISTANT, parts=(call,)), failed], BLOBS)
        block = sent(dialog)["messages"][-1]["content"][0]
        assert block.get("is_error") is is_error
        assert block["content"][0]["text"] == "[failed]"


def test_the_last_two_ends_are_marked_and_no_thinking_is():
    dialog = Dialog()
    thought = Reasoning(text="x", opaque=Opaque(provider="anthropic", data={"signature": signature_of("x")}))
    for _ in range(5):
        dialog.extend([USER, Message(role=Role.ASSISTANT, parts=(Text(text="a"), thought))], {})
    dialog.extend([USER], {})
    messages = sent(dialog)["messages"]
    marked = [
        (at, number)
        for at, message in enumerate(messages)
        for number, block in enumerate(message["content"])
        if "cache_control" in block
    ]
    assert marked == [(9, 0), (10, 0)]
    assert b"cache_control" not in dialog.json(b"")


def test_a_result_that_nobody_asked_for_or_that_comes_twice_is_refused():
    dialog = Dialog()
    result = ToolResult(call="a", tool="bash", outcome=Outcome.OK)
    with pytest.raises(InvalidParams, match="no such call"):
        dialog.extend([USER, result], {})
    dialog = Dialog()
    said = Message(role=Role.ASSISTANT, parts=(ToolCall(call="a", tool="bash", arguments="{}"),))
    with pytest.raises(InvalidParams, match="a second time"):
        dialog.extend([USER, said, result, result], {})


def test_an_image_whose_bytes_are_missing_is_named():
    with pytest.raises(BlobMissing, match="png"):
        Dialog().extend([Message(role=Role.USER, parts=(Image(handle="png", media_type="image/png"),))], {})
