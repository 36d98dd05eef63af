"""The endpoints that are known, as data, and which one a base URL is. Contexts: the makers' pages, November 2026."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from pegboard_openai.profile import Effort, Listing, Profile, Schemas
from pegboard_sdk import InvalidParams
from pegboard_sdk.http import LOOPBACK

_REASONERS: Final = ("gpt-5", "gpt-6", "o1", "o3", "o4", "codex")
_OPENAI_CONTEXTS: Final = (
    ("gpt-5-chat", 128_000), ("gpt-5", 400_000), ("gpt-4.1", 1_047_576), ("gpt-4o", 128_000), ("o1", 200_000),
    ("o3", 200_000), ("o4", 200_000),
)  # fmt: skip

GENERIC: Final = Profile(name="generic")
PROFILES: Final = (
    GENERIC,
    Profile(
        name="openai",
        hosts=("api.openai.com", ".api.openai.com"),
        path="/v1",
        responses=_REASONERS,
        cache_key="prompt_cache_key",
        schemas=Schemas.STRICT,
        limit="max_completion_tokens",
        has_files=True,
        batch="/v1",
        contexts=_OPENAI_CONTEXTS,
    ),
    Profile(
        name="azure",
        hosts=(".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"),
        path="/openai/v1",
        key_header="api-key",
        cache_key="prompt_cache_key",
        schemas=Schemas.STRICT,
        limit="max_completion_tokens",
        contexts=_OPENAI_CONTEXTS,
    ),
    Profile(
        name="xai",
        hosts=("api.x.ai", ".api.x.ai"),
        path="/v1",
        cache_header="x-grok-conv-id",
        schemas=Schemas.STRICT,
        limit="max_completion_tokens",
        contexts=(
            ("grok-4-fast", 2_000_000), ("grok-4-1-fast", 2_000_000), ("grok-4", 256_000),
            ("grok-code-fast", 256_000), ("grok-3", 131_072),
        ),
    ),
    Profile(
        name="gemini",
        hosts=("generativelanguage.googleapis.com",),
        path="/v1beta/openai",
        schemas=Schemas.STRICT,
        # Gemini 3 refuses calls without a signature; this word of its documentation stands for those of other models.
        call_extra={"google": {"thought_signature": "skip_thought_signature_validator"}},
        contexts=(("gemini", 1_048_576),),
    ),
    Profile(name="openrouter", hosts=("openrouter.ai",), path="/api/v1", effort=Effort.OBJECT),
    Profile(
        name="mistral",
        hosts=("api.mistral.ai", "codestral.mistral.ai"),
        path="/v1",
        counts=False,
        schemas=Schemas.STRICT,
        strict_ids=True,
    ),
    Profile(
        name="deepseek",
        hosts=("api.deepseek.com",),
        schemas=Schemas.OBJECT,
        thought="reasoning_content",
        contexts=(("deepseek", 131_072),),
    ),
    Profile(name="ollama", port=11434, path="/v1", listing=Listing.OLLAMA),
    Profile(name="vllm", port=8000, path="/v1"),
    Profile(name="llamacpp", port=8080, path="/v1", listing=Listing.LLAMA_CPP),
    Profile(name="lmstudio", port=1234, path="/v1", listing=Listing.LM_STUDIO),
)  # fmt: skip


def named(name: str) -> Profile:
    """The profile of that name. Raises InvalidParams with those that there are."""
    for profile in PROFILES:
        if profile.name == name:
            return profile
    raise InvalidParams(f"profiles: there is no `{name}`; there are {', '.join(each.name for each in PROFILES)}")


def profile_of(url: str, given: Mapping[str, str]) -> Profile:
    """The profile of a server: what the user says of its host (and port), else what its address says."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    for place in (f"{host}:{parts.port}" if parts.port else host, host):
        if place in given:
            return named(given[place])
    for profile in PROFILES:
        if any(host == known or (known.startswith(".") and host.endswith(known)) for known in profile.hosts):
            return profile
        if profile.port and parts.port == profile.port and host in LOOPBACK:
            return profile
    return GENERIC
