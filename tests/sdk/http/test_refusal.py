"""Answers that are no success: what their status means, and when to come back."""

from email.utils import formatdate

import pytest
from lined import SERVICE

from pegboard_sdk import Effect, InvalidParams, NotFound, RateLimited, Unauthenticated, Upstream
from pegboard_sdk.http import Refusal

NOW = 1_700_000_000.0


def refusal(status, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Refusal(service=SERVICE, url="http://x/v1", status=status, now=NOW, headers=named, model="m")


@pytest.mark.parametrize(
    ("status", "kind", "retry_ms", "words"),
    [
        (401, Unauthenticated, None, ["MODEL_API_KEY"]),
        (403, Unauthenticated, None, ["base_url"]),
        (404, NotFound, None, ["`m`", "https://HOST/v1"]),
        (429, RateLimited, 0, []),
        (408, Upstream, 0, []),
        (409, Upstream, 0, []),
        (500, Upstream, 0, []),
        (529, Upstream, 0, []),
        (308, InvalidParams, None, ["elsewhere", "base_url"]),
        (400, InvalidParams, None, []),
        (422, InvalidParams, None, []),
    ],
)
def test_a_status_has_its_error_and_its_words(status, kind, retry_ms, words):
    error = refusal(status).error("so\n  it is")
    assert type(error) is kind
    assert (error.retry_ms, error.effect) == (retry_ms, Effect.NONE)
    assert error.message.startswith(f"http://x/v1 answered {status}: so it is")
    assert all(word in error.message for word in words)


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
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    assert refusal(429, **named).error().retry_ms == wanted


def test_a_server_may_forbid_a_repeat():
    assert refusal(500, x_should_retry="false").error().retry_ms is None
