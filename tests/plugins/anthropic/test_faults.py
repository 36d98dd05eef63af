"""Refusals as our errors: which may be tried again, and what they say would help."""

import json

import pytest
from messages_api.turn import fault

from pegboard_anthropic.faults import refused
from pegboard_anthropic.server import ANTHROPIC
from pegboard_sdk import InvalidParams, NotFound, RateLimited, TooLarge, Unauthenticated, Upstream
from pegboard_sdk.http import Refusal


def error(status, kind="api_error", message="Sorry", body=None):
    data = json.dumps(fault(kind, message)).encode() if body is None else body
    return refused(Refusal(service=ANTHROPIC, url="http://server", status=status, now=0.0, body=data, model="m"))


@pytest.mark.parametrize(
    ("status", "kind", "message", "expected", "said"),
    [
        (400, "invalid_request_error", "messages: nope", InvalidParams, "messages: nope"),
        (400, "invalid_request_error", "temperature: Extra inputs are not permitted", InvalidParams, "README"),
        (
            400,
            "invalid_request_error",
            "prompt is too long: 21 tokens > 20 maximum",
            TooLarge,
            "compact",
        ),
        (400, "invalid_request_error", "Your credit balance is too low", RateLimited, "nothing left to spend"),
        (401, "authentication_error", "invalid x-api-key", Unauthenticated, "ANTHROPIC_API_KEY"),
        (402, "billing_error", "pay", RateLimited, "nothing left to spend"),
        (403, "permission_error", "no", Unauthenticated, "ANTHROPIC_API_KEY"),
        (404, "not_found_error", "model: m", NotFound, "check the model `m`"),
        (408, "timeout_error", "slow", Upstream, "408"),
        (413, "request_too_large", "Request exceeds the maximum size", TooLarge, "compact"),
        (429, "rate_limit_error", "slow down", RateLimited, "slow down"),
        (500, "api_error", "Internal server error", Upstream, "500"),
        (503, "api_error", "", Upstream, "503"),
        (504, "timeout_error", "", Upstream, "504"),
        (529, "overloaded_error", "Overloaded", Upstream, "Overloaded"),
        (301, "", "", InvalidParams, "redirects to elsewhere"),
    ],
)
def test_each_refusal_is_an_error_of_its_own(status, kind, message, expected, said):
    got = error(status, kind, message)
    assert type(got) is expected
    assert said in got.message
    is_passing = status in (408, 429) or status >= 500
    assert (got.retry_ms is not None) == is_passing


@pytest.mark.parametrize("body", [b"", b"<html>\n Bad Gateway", b"[" * 100_000, b'{"error": "text"}', b"\xff\xfe"])
def test_any_body_makes_an_error(body):
    assert isinstance(error(502, body=body), Upstream)
