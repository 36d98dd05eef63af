"""Settings as an endpoint with its profile."""

import pytest

from pegboard_openai.endpoint import profiled
from pegboard_sdk import InvalidParams, Setup, Unauthenticated


def url_of(url, **settings):
    endpoint, profile = profiled(Setup(settings={"base_url": url, **settings}))
    return endpoint.url, profile.name


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("localhost:9999", ("http://localhost:9999", "generic")),
        ("localhost:11434", ("http://localhost:11434/v1", "ollama")),
        ("https://openrouter.ai/", ("https://openrouter.ai/api/v1", "openrouter")),
        ("https://openrouter.ai/own", ("https://openrouter.ai/own", "openrouter")),
    ],
)
def test_a_known_host_may_leave_out_its_path(url, found):
    assert url_of(url) == found


def test_a_profile_is_what_the_user_says():
    assert url_of("http://10.0.0.5:9000", profiles={"10.0.0.5:9000": "vllm"}) == ("http://10.0.0.5:9000/v1", "vllm")
    with pytest.raises(InvalidParams, match="profiles"):
        url_of("http://x", profiles=["vllm"])


def test_openai_itself_needs_a_key_and_says_where_it_goes():
    with pytest.raises(Unauthenticated, match=r"OPENAI_API_KEY.*OPENAI_BASE_URL"):
        profiled(Setup())
