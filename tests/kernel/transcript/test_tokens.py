import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.transcript import Transcript
from pegboard.transcript.tokens import BYTES_PER_TOKEN, Estimator, size_of
from pegboard_sdk.wire.records import Image, Message, Outcome, Role, Text, ToolCall, ToolResult, Usage


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


COUNTED = {
    "code": [(3000, 702), (3000, 642), (3000, 661), (3000, 692), (3000, 736), (3000, 738), (3000, 740), (3000, 781)],
    "prose": [(3150, 703), (3000, 791), (3006, 749), (3068, 789), (3000, 798), (3000, 803), (3000, 909), (3000, 825)],
    "json": [(3000, 833), (3000, 745), (3000, 769), (3000, 750), (3000, 772), (3000, 837), (3000, 726), (3000, 722)],
    "cjk": [(264, 62), (266, 66), (264, 65), (270, 63), (270, 68), (224, 51)],
    "cjk, older": [(264, 81), (266, 88), (264, 92), (270, 88), (270, 100), (224, 70)],
}
"""Bytes of texts and their tokens in the public vocabularies o200k_base and (the last) cl100k_base: of this project's
code, documents and schemas, and of Chinese, Japanese and Korean prose."""
AROUND = 1500
"""Tokens of system prompt and tools."""


def off_by(texts: list[tuple[int, int]]) -> tuple[float, float]:
    """How far the next request's tokens, and those of the new text alone, are off at most, once two were counted."""
    transcript, total, off_whole, off_text = Transcript(), AROUND, 0.0, 0.0
    for at, (size, tokens) in enumerate(texts):
        guess = transcript.estimator.estimate(size)
        transcript.apply(Message(role=Role.USER, parts=(Text(text="x" * size),)), 2 * at + 1)
        total += tokens + 4
        if at > 1:
            off_whole = max(off_whole, abs(transcript.tokens - total) / total)
            off_text = max(off_text, abs(guess - tokens) / tokens)
        answer = Message(role=Role.ASSISTANT, parts=(Text(text="ok"),), usage=Usage(input=total, output=2))
        transcript.apply(answer, 2 * at + 2)
        total += 6
    return off_whole, off_text


@pytest.mark.parametrize("kind", COUNTED)
def test_the_estimate_is_near_what_is_counted_whatever_the_text(kind):
    whole, text = off_by(COUNTED[kind])
    assert whole < 0.04, f"{kind}: the next request is off by {whole:.1%}"
    assert text < 0.2, f"{kind}: a new text is off by {text:.1%}"


def test_it_follows_when_the_kind_of_text_changes():
    whole, text = off_by(COUNTED["code"] + COUNTED["json"] + COUNTED["cjk, older"] * 3)
    assert whole < 0.04
    assert text < 0.45, "a first text of another kind"
