import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.transcript.tokens import BYTES_PER_TOKEN, Estimator, size_of
from pegboard_sdk.wire.records import Image, Message, Outcome, Role, Text, ToolCall, ToolResult


def test_the_first_estimate_needs_no_provider():
    assert Estimator().estimate(3500) == 1000


def test_the_ratio_follows_what_the_provider_counts():
    estimator = Estimator()
    for _ in range(5):
        estimator.observe(4500, 1000)
    assert estimator.estimate(9000) == pytest.approx(2000, rel=0.01)


@pytest.mark.parametrize(("size", "tokens"), [(100, 10), (0, 100), (100, 0), (100, -5), (100, 5000), (50_000, 60)])
def test_what_cannot_be_is_not_learnt(size, tokens):
    estimator = Estimator()
    estimator.observe(size, tokens)
    assert estimator.ratio == BYTES_PER_TOKEN


@given(st.lists(st.tuples(st.integers(-10, 10**9), st.integers(-10, 10**9))))
def test_the_ratio_stays_sensible(observations):
    estimator = Estimator()
    for size, tokens in observations:
        estimator.observe(size, tokens)
    assert 0.9 <= estimator.ratio <= 12.1


def test_every_kind_of_part_weighs_something():
    empty = size_of(Message(role=Role.USER, parts=()))
    call = ToolCall(call="c", tool="read", arguments="{}")
    for part in (Text(text="x" * 50), call, Image(handle="h", media_type="image/png")):
        assert size_of(Message(role=Role.USER, parts=(part,))) > empty
    result = ToolResult(call="c", tool="t", outcome=Outcome.OK, parts=(Text(text="ü"),))
    assert size_of(result) == size_of(ToolResult(call="c", tool="t", outcome=Outcome.OK, parts=(Text(text="xx"),)))
    assert size_of(Message(role=Role.USER, parts=(Text(text="\ud800"),))) > empty
