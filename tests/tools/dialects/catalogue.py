"""The endpoints that are played: each with the quirks that its documentation or its users describe. Data alone."""

from dialects.dialect import Dialect

_FILTER = {
    name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")
}  # fmt: skip
_REASONING_KEYS = frozenset({"reasoning_effort", "max_completion_tokens"})
_OPENAI_KEYS = _REASONING_KEYS | {"prompt_cache_key", "verbosity", "store", "metadata"}

DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect("openai", allows=_OPENAI_KEYS, prompt_filter="400"),
        Dialect("openai-responses", api="responses", path="/v1/responses", keep_alive=b": keep-alive\n\n"),
        Dialect(
            "xai",
            reasoning="reasoning_content",
            calls="whole",
            usage="each",
            is_reasoning_apart=True,
            error_body="bare",
            refusal="text",
            allows=_REASONING_KEYS,
            overflow=("This model's maximum prompt length is 131072 but the request contains 140000 tokens.", ""),
        ),
        Dialect(
            "gemini",
            path="/v1beta/openai/chat/completions",
            calls="whole-index-0",
            call_id="function-call-{at}9120",
            extra_content={"google": {"thought_signature": "c2lnbmF0dXJl"}},
            usage="finish",
            cached="no",
            finish_calls="stop",
            finish_filter="content_filter: SAFETY",
            refusal="text",
            prompt_filter="finish",
            error_body="list",
            allows=frozenset({"reasoning_effort", "extra_body"}),
            overflow=("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", "400"),
        ),
        Dialect(
            "openrouter",
            path="/api/v1/chat/completions",
            reasoning="reasoning",
            keep_alive=b": OPENROUTER PROCESSING\n\n",
            fault="choice",
            allows=frozenset({"reasoning", "provider", "models", "transforms", "usage", "max_completion_tokens"}),
            overflow=("This endpoint's maximum context length is 200000 tokens. However, you requested 210000.", "400"),
        ),
        Dialect(
            "azure",
            path="/openai/deployments/gpt/chat/completions",
            query="api-version=2024-10-21",
            key_header="api-key",
            opening=(
                {"id": "", "created": 0, "model": "", "object": "", "choices": [],
                 "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _FILTER}]},
            ),
            prompt_filter="400",
            allows=_OPENAI_KEYS,
        ),
        Dialect(
            "mistral",
            reasoning="thinking",
            calls="whole",
            call_id="D681PevK{at}",
            usage="finish",
            cached="no",
            finish_length="model_length",
            finish_filter="",
            refusal="text",
            error_body="flat",
            refuses=frozenset({"stream_options", "max_completion_tokens", "prompt_cache_key"}),
            allows=frozenset({"random_seed", "safe_prompt", "prompt_mode"}),
            strict_ids=True,
            overflow=("Prompt contains 40000 tokens, too large for model with 32768 maximum context length", "3051"),
        ),
        Dialect(
            "deepseek",
            path="/chat/completions",
            reasoning="reasoning_content",
            cached="hit",
            usage="finish",
            refusal="text",
            wants_reasoning=True,
            allows=frozenset({"thinking"}),
        ),
        Dialect(
            "ollama",
            calls="whole",
            reasoning="reasoning",
            cached="no",
            finish_filter="",
            refusal="text",
            error_body="openai",
            allows=_REASONING_KEYS,
            overflow=("input length exceeds the context length", ""),
        ),
        Dialect(
            "vllm",
            reasoning="reasoning_content",
            call_id="chatcmpl-tool-{at}f00",
            finish_filter="",
            refusal="text",
            error_body="openai",
            fault="error",
            allows=_REASONING_KEYS | {"guided_json", "chat_template_kwargs"},
            overflow=("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.", "400"),
        ),
        Dialect(
            "llamacpp",
            reasoning="reasoning_content",
            call_id="{at}pXoH2GmWfpP8hT0r",
            cached="no",
            finish_filter="",
            refusal="text",
            fault="field",
            keep_alive=b":\n\n",
            allows=frozenset({"cache_prompt", "grammar", "id_slot"}),
            overflow=("the request exceeds the available context size. try increasing the context size",
                      "exceed_context_size_error"),
        ),
        Dialect(
            "lmstudio",
            calls="whole-no-id",
            role_chunk=False,
            reasoning="reasoning_content",
            cached="no",
            finish_filter="",
            refusal="text",
            error_body="text",
            fault="event",
            overflow=("Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded "
                      "with context length of only 4096 tokens", ""),
        ),
    )
}  # fmt: skip
