"""What we ask of a server on our own account and it may refuse: recognised once, left out from then on. Pure."""

from typing import Final

from pegboard_sdk import InvalidParams

_EXTRAS: Final = {
    "stream_options": ("stream_options", "include_usage"),
    "prompt_cache_key": ("prompt_cache_key",),
    "include": ("encrypted content is not", "encrypted_content", "'include'", "`include`"),
    "reasoning.summary": ("reasoning.summary", "reasoning summar", "verified to generate"),
    "response_format": ("response_format", "json_schema", "text.format"),
}


def refused_extra(error: InvalidParams, spared: frozenset[str]) -> str:
    """Which of our additions a refusal is about; empty where it is about none that was sent."""
    text = error.message.lower()
    for key, words in _EXTRAS.items():
        if key not in spared and any(word in text for word in words):
            return key
    return ""
