"""A model as the list of models has it. No I/O."""


def model_info(ident, *, most=64_000, context=200_000, thinking=None, effort=None, structured=True):
    """A model as the list has it."""
    thinking = ("adaptive", "disabled") if thinking is None else thinking
    effort = ("low", "medium", "high") if effort is None else effort
    levels = {name: {"supported": name in effort} for name in ("low", "medium", "high", "xhigh", "max")}
    types = {name: {"supported": name in thinking} for name in ("adaptive", "enabled", "disabled", "between_tools")}
    capabilities = {
        **{name: {"supported": True} for name in ("batch", "citations", "image_input", "pdf_input")},
        "structured_outputs": {"supported": structured},
        "effort": {"supported": bool(effort), **levels},
        "thinking": {"supported": bool(thinking), "types": types},
    }
    return {
        "type": "model", "id": ident, "display_name": ident, "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active", "max_input_tokens": context, "max_tokens": most, "capabilities": capabilities,
    }  # fmt: skip
