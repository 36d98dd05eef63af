"""Hostile and mistyped settings give an error that names the key, and nothing else happens."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_router.settings import Settings, settings_from
from pegboard_sdk import InvalidParams

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(Settings.__struct_fields__) | st.text(max_size=8)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_whatever_is_given_is_taken_or_refused_with_the_place(given_: dict) -> None:
    said = ""
    try:
        settings_from(given_)
    except InvalidParams as error:
        said = error.message
    assert not said or said.startswith("[plugin.router]: ")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mode": "clever"}, "clever"),
        ({"budget": {"day": 1}}, "budget"),
        ({"budgets": {"day": -1}}, "budgets.day"),
        ({"budgets": {"day": "1"}}, "budgets.day"),
        ({"budgets": {"week": 1}}, "week"),
        ({"budgets": {"team": 1}}, "needs `team`"),
        ({"tiers": {"genius": "x"}}, "there is no tier `genius`; there are scout, coder"),
        ({"prices": {"m": {"input": 1}}}, "output"),
        ({"breaker": {"failures": 0}}, "breaker.failures"),
        ({"retries": 50}, "retries"),
        ({"budgets": {"day": math.inf}}, "budgets.day"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict, said: str) -> None:
    with pytest.raises(InvalidParams) as caught:
        settings_from(wrong)
    assert said in caught.value.message


def test_no_number_that_is_none_becomes_a_budget() -> None:
    with pytest.raises(InvalidParams):
        settings_from({"budgets": {"day": math.nan}})


def test_nothing_is_limited_by_default() -> None:
    settings = settings_from({})
    assert all(value is None for value in map(settings.budgets.__getattribute__, settings.budgets.__struct_fields__))
    assert settings.mode == "fixed"
