"""Refusals of servers as our errors."""

import json
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard_openai.fault import fault_of
from pegboard_openai.faults import refused, reported, retry_after_ms
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

NOW = 1_700_000_000.0


def refusal(status, body=b"", **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refused(status, named, data, url="http://x/v1", model="m", now=NOW)


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
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, InvalidParams, None, ["field required"]),
    ],
)
def test_a_status_has_its_error_and_its_words(status, body, kind, retry_ms, words):
    error = refusal(status, body)
    assert type(error) is kind
    assert error.retry_ms == retry_ms
    assert error.effect is Effect.NONE
    assert all(word in error.message for word in [*words, "http://x/v1", str(status)])


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"retry-after": "2"}, 2000),
        ({"retry-after": "0.25"}, 250),
        ({"retry-after-ms": "125", "retry-after": "9"}, 125),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30_000),
        ({"retry-after": formatdate(NOW - 30, usegmt=True)}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "inf"}, 0),
        ({}, 0),
    ],
)
def test_retry_after_is_read_in_every_form(headers, wanted):
    assert retry_after_ms(headers, NOW) == wanted


def test_a_server_may_forbid_a_repeat():
    assert refusal(500, x_should_retry="false").retry_ms is None


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
