"""What a model is told when its arguments do not fit."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pegboard.schema import MOST_FAULTS, faults, without_nulls

EDIT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "edits": {"type": "array", "items": {"$ref": "#/$defs/edit"}, "minItems": 1},
        "mode": {"enum": ["a", "b"]},
        "limit": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
    },
    "required": ["path"],
    "additionalProperties": False,
    "$defs": {"edit": {"type": "object", "properties": {"old": {"type": "string"}}, "required": ["old"]}},
}


def test_arguments_that_fit_have_no_faults() -> None:
    assert faults(EDIT, {"path": "x", "edits": [{"old": "a"}], "mode": "a", "limit": None}) == []


def test_a_missing_argument_is_named() -> None:
    assert faults(EDIT, {}) == ["path: missing"]


def test_a_misspelt_argument_gets_a_suggestion() -> None:
    assert faults(EDIT, {"path": "x", "edit": []}) == ["edit: unknown; did you mean 'edits'?"]


def test_a_wrong_type_says_what_was_expected_and_what_came() -> None:
    assert faults(EDIT, {"path": 7}) == ["path: expected string, got integer 7"]


def test_references_combinations_enums_and_bounds_are_followed() -> None:
    found = faults(EDIT, {"path": "", "edits": [{}], "mode": "c", "limit": 0})
    assert found == [
        "path: must have at least 1 characters",
        "edits[0].old: missing",
        "mode: 'c' is not one of 'a', 'b'",
        "limit: 0 is too small",
    ]


def test_a_null_for_what_may_be_left_out_is_left_out() -> None:
    given = {"path": None, "mode": None, "limit": None, "other": None}
    assert without_nulls(EDIT, given) == {"path": None, "limit": None, "other": None}


def test_true_is_not_an_integer() -> None:
    assert faults({"properties": {"n": {"type": "integer"}}}, {"n": True}) == ["n: expected integer, got boolean"]


def test_a_schema_that_refers_to_itself_ends() -> None:
    loop: dict[str, Any] = {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}}
    assert faults(loop, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), JSON))
def test_any_arguments_get_an_answer(arguments: dict[str, Any]) -> None:
    assert len(faults(EDIT, arguments)) <= MOST_FAULTS
