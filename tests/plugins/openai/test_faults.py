"""Refusals of servers as our errors."""

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lined import Bytes

from pegboard_openai.chat.answer import Answer
from pegboard_openai.endpoint import OPENAI
from pegboard_openai.faults import refused, reported
from pegboard_sdk import (
    Effect,
    InvalidParams,
    NotFound,
    PegboardError,
    RateLimited,
    TooLarge,
    Unauthenticated,
    Upstream,
)
from pegboard_sdk.http import Reading, Refusal, fault_of


def refusal(status, body=b""):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refused(Refusal(service=OPENAI, url="http://x/v1", status=status, now=0.0, body=data, model="m"))


@pytest.mark.parametrize(
    ("status", "body", "kind", "retry_ms", "words"),
    [
        (401, {"error": {"message": "bad key"}}, Unauthenticated, None, ["bad key", "OPENAI_API_KEY"]),
        (403, {}, Unauthenticated, None, ["base_url"]),
        (404, {"error": "model not found"}, NotFound, None, ["`m`", "model not found", "/v1"]),
        (429, {"error": {"message": "slow down"}}, RateLimited, 0, ["slow down"]),
        (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, RateLimited, None, ["nothing left"]),
        (408, b"", Upstream, 0, []),
        (500, b"<html>oops</html>", Upstream, 0, ["oops"]),
        (500, b'data: {"error": {"message": "no start"}}\n\ndata: [DONE]\n\n', Upstream, 0, ["500: no start"]),
        (503, {"message": "loading model"}, Upstream, 0, ["loading model"]),
        (529, b"", Upstream, 0, []),
        (308, b"", InvalidParams, None, ["elsewhere", "base_url"]),
        (400, {"error": {"message": "bad", "code": "context_length_exceeded"}}, TooLarge, None, ["`m`", "compact"]),
        (413, {"detail": "prompt is too long: 9 > 8"}, TooLarge, None, ["9 > 8"]),
        (400, {"error": {"message": "messages[3]: bad"}}, InvalidParams, None, ["messages[3]: bad"]),
        (402, {"error": {"message": "more"}}, RateLimited, None, ["nothing left"]),
        (
            400,
            {"error": {"message": "no", "code": "content_filter"}},
            InvalidParams,
            None,
            ["filter refused the prompt"],
        ),
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, InvalidParams, None, ["field required"]),
    ],
)
def test_a_status_has_its_error_and_its_words(status, body, kind, retry_ms, words):
    error = refusal(status, body)
    assert type(error) is kind
    assert error.retry_ms == retry_ms
    assert error.effect is Effect.NONE
    assert all(word in error.message for word in [*words, "http://x/v1", str(status)])


@given(st.integers(300, 599).filter(lambda status: status != 304), st.binary(max_size=200))
def test_any_refusal_is_an_error_without_effect(status, body):
    error = refusal(status, body)
    assert isinstance(error, PegboardError)
    assert error.effect is Effect.NONE


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"error": {"message": "overloaded", "code": 503}}, Upstream),
        ({"error": "overloaded"}, Upstream),
        ({"error": {"message": "overloaded", "code": 429}}, RateLimited),
        ({"error": {"message": "overloaded: too many tokens"}}, TooLarge),
    ],
)
def test_a_fault_in_the_middle_of_a_stream_is_an_error_too(fault, kind):
    error = reported(fault_of(json.dumps(fault).encode()), url="http://x", model="m")
    assert type(error) is kind
    assert "overloaded" in error.message


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'data: {"error": {"message": "boom", "code": 429}}\n\n', RateLimited),
        (b'event: error\ndata: {"message": "boom"}\n\n', Upstream),
        (b"event: error\ndata: {}\n\n", Upstream),
        (b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "error"}]}\n\n', Upstream),
    ],
)
def test_a_fault_is_known_in_all_the_forms_of_a_stream(data, kind):
    with pytest.raises(kind, match="http://x broke off"):
        Reading(Answer(model="m"), print, partial(reported, url="http://x", model="m"), url="http://x").read(
            Bytes(data)
        )
