"""Which endpoint a base URL is."""

import pytest

from pegboard_openai.profile import Api
from pegboard_openai.profiles import named, profile_of
from pegboard_sdk import InvalidParams


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://mine.openai.azure.com/openai/deployments/gpt", "azure"),
        ("https://api.x.ai/v1", "xai"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini"),
        ("https://OpenRouter.ai/api/v1", "openrouter"),
        ("https://api.mistral.ai/v1", "mistral"),
        ("https://api.deepseek.com", "deepseek"),
        ("http://localhost:11434/v1", "ollama"),
        ("http://127.0.0.1:8000/v1", "vllm"),
        ("http://[::1]:8080/v1", "llamacpp"),
        ("http://127.0.0.1:1234/v1", "lmstudio"),
        ("http://10.0.0.5:11434/v1", "generic"),
        ("https://api.openai.com.example.com/v1", "generic"),
        ("https://notapi.openai.com/v1", "generic"),
    ],
)
def test_a_base_url_has_the_profile_of_its_host_or_of_its_port_on_loopback(url, name):
    assert profile_of(url, {}).name == name


def test_what_the_user_says_of_a_host_comes_first_with_its_port_before_it_without():
    given = {"10.0.0.5:9000": "vllm", "10.0.0.5": "ollama"}
    assert profile_of("http://10.0.0.5:9000/v1", given).name == "vllm"
    assert profile_of("http://10.0.0.5/v1", given).name == "ollama"
    with pytest.raises(InvalidParams, match="there are generic, openai"):
        profile_of("http://10.0.0.5", {"10.0.0.5": "nonsense"})


def test_models_that_reason_are_asked_by_responses_where_that_is_offered():
    assert named("openai").api("gpt-5-mini") is Api.RESPONSES
    assert named("openai").api("gpt-4.1") is Api.CHAT
    assert named("openrouter").api("openai/gpt-5") is Api.CHAT
    assert named("openai").context("gpt-4.1-mini") == 1_047_576
