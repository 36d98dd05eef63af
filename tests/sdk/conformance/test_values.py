"""Drawn values fit their schema, wrong ones do not, and the same seed draws the same."""

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from pegboard.schema import faults
from pegboard_sdk.conformance.values import NoValue, Values
from pegboard_sdk.schema import input_schema
from pegboard_sdk.signature import Signature


class Step(Struct, forbid_unknown_fields=True):
    text: str
    weight: float = 1.0
    below: "list[Step]" = []


def tool(
    *,
    name: Annotated[str, Meta(min_length=2, max_length=5)],
    kind: Literal["a", "b"],
    count: Annotated[int, Meta(ge=3, lt=9)],
    share: Annotated[float, Meta(gt=0, lt=0.1)],
    steps: Annotated[list[Step], Meta(max_length=3)],
    maybe: int | None = None,
    either: int | str = 1,
    word: Annotated[str, Meta(pattern="^[a-z]+$")] = "x",
) -> str:
    """Does nothing."""
    return name + kind + str(count + share) + str(steps) + str(maybe) + str(either) + word


SCHEMA = input_schema(Signature(tool))

LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 3, "maxLength": 3},
        {"type": "integer"},
        {"type": "integer", "minimum": -5, "maximum": -5},
        {"type": "integer", "exclusiveMinimum": 7, "multipleOf": 5},
        {"type": "number", "maximum": -200},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"enum": [1, "two", None]},
        {"const": {"a": 1}},
        {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]},
    ]
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    properties = draw(st.dictionaries(st.sampled_from("abcdef"), LEAVES, max_size=5))
    required = draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


@given(objects(), st.integers(0, 1000))
def test_what_is_drawn_fits_the_schema(schema: dict[str, Any], seed: int) -> None:
    values = Values(schema, seed)
    for _ in range(5):
        assert faults(schema, values.valid()) == []


@given(st.integers(0, 100_000))
def test_the_schema_of_a_tool_is_drawn_from_and_decodes(seed: int) -> None:
    value = Values(SCHEMA, seed).valid()
    assert faults(SCHEMA, value) == []


@given(objects(), st.integers(0, 1000))
def test_what_is_drawn_as_wrong_does_not_fit(schema: dict[str, Any], seed: int) -> None:
    for wrong in Values(schema, seed).invalid():
        assert faults(schema, wrong) != []


def test_the_same_seed_draws_the_same() -> None:
    first, second = Values(SCHEMA, 5), Values(SCHEMA, 5)
    assert [first.valid() for _ in range(20)] == [second.valid() for _ in range(20)]


def test_a_pattern_that_cannot_be_met_is_said_and_not_guessed() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^q{17}$"}}, "required": ["a"]}
    with pytest.raises(NoValue, match="pattern"):
        Values(schema, 1).valid()
