"""Effort, budgets, structure and length in the words that a model takes."""

import msgspec
import pytest
from messages_api.models import model_info
from messages_api.rules import faults

from pegboard_anthropic.limits import lowered
from pegboard_anthropic.shape import ANSWER_TOOL, LEVELS, MOST_TOKENS, is_plain, shape, wanted
from pegboard_anthropic.words import listed_decoder
from pegboard_sdk import InvalidParams, StreamModel

NEWEST = {"thinking": ("adaptive",), "effort": LEVELS}
NEW = {"thinking": ("adaptive", "disabled"), "effort": ("low", "medium", "high", "max")}
BETWEEN = {"thinking": ("enabled", "disabled"), "effort": ("low", "medium", "high")}
OLD = {"thinking": ("enabled", "disabled"), "effort": ()}
SIMPLE = {"thinking": (), "effort": ()}
CLOSED = {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"], "additionalProperties": False}


def shaped(params, *, has_tools=False, most=None, **model):
    known = listed_decoder.decode(msgspec.json.encode(model_info("m", **model))) if model else None
    return shape(params, known, most=most, has_tools=has_tools)


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "level"),
    [
        (NEWEST, "xhigh", "adaptive", "xhigh"),
        (NEWEST, "off", "adaptive", "low"),
        (NEW, "xhigh", "adaptive", "high"),
        (NEW, "max", "adaptive", "max"),
        (NEW, "none", "disabled", None),
        (BETWEEN, "high", 16_384, "high"),
        (OLD, "low", 2_048, None),
        (OLD, "max", 28_672, None),
        (OLD, "off", "disabled", None),
        (SIMPLE, "high", None, None),
        ({}, "minimal", "adaptive", "low"),
    ],
)
def test_effort_is_as_near_as_the_model_can(model, effort, thinking, level):
    fields = shaped({"effort": effort}, **model).fields
    asked = fields.get("thinking", {})
    assert (asked.get("budget_tokens") or asked.get("type")) == thinking
    assert fields.get("output_config", {}).get("effort") == level
    assert faults({"model": "m", "messages": [{"role": "user", "content": "go"}], **fields}) == []


def test_the_effort_of_the_session_counts_before_the_configured_one():
    request = StreamModel(
        model="m", conversation="c", effort="low", params={"effort": "high", "reasoning_effort": "max"}
    )
    assert wanted(request) == {"effort": "low"}


def test_a_budget_is_for_models_that_take_one_and_leaves_room_to_answer():
    assert shaped({"thinking_budget": 5000}, **OLD).fields["thinking"]["budget_tokens"] == 5000
    assert shaped({"thinking_budget": 90_000}, **OLD).fields["thinking"]["budget_tokens"] < MOST_TOKENS
    with pytest.raises(InvalidParams, match="set `effort`"):
        shaped({"thinking_budget": 5000}, **NEW)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"messages": []}, "`messages` is set by the anthropic plugin itself"),
        ({"effort": "huge"}, "one of none, off, low"),
        ({"thinking_budget": 5}, "at least 1024"),
        ({"thinking_budget": True}, "at least 1024"),
        ({"max_tokens": 0}, "whole number"),
        ({"cache": "2d"}, "5m, 1h, off"),
        ({"json_schema": "x"}, "JSON Schema object"),
        ({"json_schema": {"type": "array"}}, "must describe an object"),
    ],
)
def test_what_cannot_be_asked_is_said(params, said):
    with pytest.raises(InvalidParams, match=said):
        shaped(params, structured=False)


def test_a_length_is_the_shortest_of_what_is_wanted_known_and_learnt():
    assert shaped({}).fields["max_tokens"] == MOST_TOKENS
    assert shaped({"max_tokens": 5}).fields["max_tokens"] == 5
    assert shaped({}, most=700, **OLD).fields["max_tokens"] == 700
    assert shaped({"max_tokens": 100_000}, **{**OLD, "most": 64_000}).fields["max_tokens"] == 64_000


@pytest.mark.parametrize(
    ("said", "asked", "most"),
    [
        ("max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for m", 32_000, 8_192),
        ("input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000, decrease", 32_000, 10_000),
        ("input length and `max_tokens` exceed context limit: 199900 + 32000 > 200000, decrease", 32_000, None),
        ("max_tokens: 5 > 8192", 5, None),
        ("something else", 32_000, None),
    ],
)
def test_a_refused_length_says_what_would_do(said, asked, most):
    assert lowered(said, asked) == most


def test_a_structured_answer_is_the_server_s_own_where_it_understands_the_schema():
    own = shaped({"json_schema": CLOSED, "effort": "high"}, **NEW)
    assert own.fields["output_config"] == {"effort": "high", "format": {"type": "json_schema", "schema": CLOSED}}
    assert own.answer_tool is None
    forced = shaped({"json_schema": {**CLOSED, "additionalProperties": True}}, **NEW)
    assert forced.fields["tool_choice"] == {"type": "tool", "name": ANSWER_TOOL}
    assert forced.fields["thinking"] == {"type": "disabled"}
    assert forced.answer_name == ANSWER_TOOL
    assert shaped({"json_schema": CLOSED}, has_tools=True, structured=False).fields["tool_choice"] == {"type": "any"}


@pytest.mark.parametrize(
    ("schema", "plain"),
    [
        (CLOSED, True),
        ({"type": "object", "properties": {}}, False),
        ({"type": "array", "items": CLOSED}, True),
        ({"type": "array", "items": {"type": "object"}}, False),
        ({**CLOSED, "properties": {"x": {"type": "integer", "minimum": 1}}}, False),
        ({**CLOSED, "properties": {"minimum": {"type": "integer"}}}, True),
        ({"anyOf": [CLOSED, {"type": "null"}]}, True),
        ({"anyOf": [{"type": "object"}]}, False),
    ],
)
def test_which_schemas_the_server_s_own_format_takes(schema, plain):
    assert is_plain(schema) is plain
