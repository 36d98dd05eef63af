"""Pieces of an answer, in the ways of many servers, as one message."""

import json
import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_openai.chat.answer import Answer
from pegboard_openai.chat.chunk import chunk_decoder
from pegboard_sdk import Finish, Reasoning, Text, ToolCall, Usage


def answered(*pieces, finish="stop", taken=(), **top):
    answer = Answer(model="m", taken=set(taken))
    deltas = []
    for piece in pieces:
        deltas += answer.take(chunk_decoder.decode(json.dumps({"choices": [{"index": 0, "delta": piece}]})))
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], **top}
    deltas += answer.take(chunk_decoder.decode(json.dumps(end)))
    return answer, deltas


def call(index=None, ident=None, name=None, arguments=None):
    piece = {"index": index, "id": ident, "function": {"name": name, "arguments": arguments}}
    return {"tool_calls": [{key: value for key, value in piece.items() if value is not None}]}


def calls_of(answer):
    return [(part.call, part.tool, part.arguments) for part in answer.message().parts if isinstance(part, ToolCall)]


@given(st.text(max_size=60), st.lists(st.integers(0, 60), max_size=8))
def test_text_is_the_same_however_it_is_cut(text, cuts):
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    answer, deltas = answered(*({"content": text[a:b]} for a, b in pairwise(edges)))
    assert "".join(delta.text for delta in deltas) == text
    assert answer.message().parts == ((Text(text=text),) if text else ())


@given(st.permutations([0, 0, 0, 1, 1, 1, 2, 2, 2]))
def test_parallel_calls_may_come_interleaved(order):
    heads = [call(at, f"id{at}", f"tool{at}", "") for at in range(3)]
    answer, deltas = answered(*heads, *(call(at, arguments=str(at)) for at in order), finish="tool_calls")
    assert calls_of(answer) == [(f"id{at}", f"tool{at}", str(at) * 3) for at in range(3)]
    assert all(delta.call == f"id{delta.text}" for delta in deltas)


def test_an_id_and_a_name_that_are_repeated_in_each_fragment_are_one_call():
    answer, _ = answered(*(call(0, "a", "bash", text) for text in ('{"x"', ": 1}")))
    assert calls_of(answer) == [("a", "bash", '{"x": 1}')]


def test_whole_calls_that_all_say_index_0_are_told_apart_by_their_ids():
    answer, _ = answered(call(0, "a", "bash", "{}"), call(0, "b", "bash", "{}"))
    assert [ident for ident, _, _ in calls_of(answer)] == ["a", "b"]


def test_calls_without_index_and_id_are_told_apart_by_their_names():
    answer, _ = answered(call(name="one", arguments="{}"), call(name="two", arguments=""), call(arguments='{"x": 2}'))
    assert [(tool, text) for _, tool, text in calls_of(answer)] == [("one", "{}"), ("two", '{"x": 2}')]


def test_whole_calls_at_index_0_without_ids_are_told_apart_by_their_complete_arguments():
    answer, _ = answered(call(0, None, "one", '{"a": 1}'), call(0, None, "one", '{"a": 2}'))
    assert [text for _, _, text in calls_of(answer)] == ['{"a": 1}', '{"a": 2}']


@pytest.mark.parametrize("ident", [None, "", "again"])
def test_an_id_that_is_missing_or_used_before_is_made_up_so_that_every_server_takes_it(ident):
    answer, deltas = answered(call(0, ident, "bash", "{}"), taken=("again",))
    ((made, _, _),) = calls_of(answer)
    assert len(made) == 9
    assert set(made) <= set(string.ascii_letters + string.digits)
    assert deltas[0].call == made


def test_arguments_that_come_as_an_object_become_text():
    answer, _ = answered(call(0, "a", "bash", {"command": "ls"}))
    assert calls_of(answer) == [("a", "bash", '{"command":"ls"}')]


@pytest.mark.parametrize(
    ("said", "calls", "finish"),
    [
        ("stop", False, Finish.STOP),
        ("stop", True, Finish.TOOL_CALLS),
        ("tool_calls", True, Finish.TOOL_CALLS),
        ("function_call", True, Finish.TOOL_CALLS),
        ("length", True, Finish.LENGTH),
        ("content_filter", False, Finish.FILTERED),
        ("something new", False, Finish.STOP),
        (None, False, Finish.STOP),
    ],
)
def test_finish_reasons_are_mapped(said, calls, finish):
    answer, _ = answered(*([call(0, "a", "bash", "{}")] if calls else []), finish=said)
    assert answer.message().finish is finish


def test_a_refusal_is_text_and_a_finish_of_its_own():
    answer, deltas = answered({"refusal": "I "}, {"refusal": "won't."})
    assert answer.message().finish is Finish.REFUSED
    assert answer.message().parts == (Text(text="I won't."),)
    assert {delta.stream for delta in deltas} == {"text"}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_comes_first_and_remembers_its_name(field):
    answer, deltas = answered({field: "hm"}, {field: "m"}, {"content": "yes"})
    reasoning, text = answer.message().parts
    assert isinstance(reasoning, Reasoning)
    assert reasoning.text == "hmm"
    assert reasoning.opaque.data == {"field": field}
    assert text == Text(text="yes")
    assert [delta.stream for delta in deltas] == ["reasoning", "reasoning", "text"]


def test_details_of_reasoning_are_joined_by_index_and_kept():
    first = {"type": "reasoning.text", "index": 0, "text": "a", "signature": None}
    more = {"type": "reasoning.text", "index": 0, "text": "b", "signature": "sig"}
    other = {"type": "reasoning.encrypted", "index": 1, "data": "xyz"}
    answer, _ = answered(*({"reasoning_details": [detail]} for detail in (first, more, other)))
    (reasoning,) = answer.message().parts
    joined = {"type": "reasoning.text", "index": 0, "text": "ab", "signature": "sig"}
    assert reasoning.opaque.data["reasoning_details"] == [joined, other]


def test_what_a_server_attaches_to_a_call_is_kept_with_it():
    piece = call(0, "a", "bash", "{}")
    piece["tool_calls"][0]["extra_content"] = {"google": {"thought_signature": "s"}}
    answer, _ = answered(piece)
    (part,) = answer.message().parts
    assert part.opaque.data == {"extra_content": {"google": {"thought_signature": "s"}}}


def test_content_in_typed_parts_is_text_and_thinking():
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "yes"}]
    answer, _ = answered({"content": parts})
    assert [part.text for part in answer.message().parts] == ["hm", "yes"]


def test_tokens_are_counted_as_the_server_does():
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 7},
        "cost": 0.25,
    }
    answer, _ = answered({"content": "x"}, usage=usage)
    assert answer.usage() == Usage(input=100, output=20, cached=64, reasoning=7)
    assert answer.cost() == 0.25
    hit, _ = answered(usage={"prompt_tokens": 9, "completion_tokens": None, "prompt_cache_hit_tokens": 8})
    assert hit.usage() == Usage(input=9, output=0, cached=8)
    assert answered({"content": "x"})[0].usage() is None
