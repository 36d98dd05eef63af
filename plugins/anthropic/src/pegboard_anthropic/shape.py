"""What is asked of an answer beside its words: its length, how hard to think, its form, what the cache keeps. Pure.

Models differ in what they take: the newer think as they see fit and are told an effort, the older are given a budget of
tokens. Where the server does not say what a model can do, it is taken for a newer one.
"""

from typing import Any, Final

from msgspec import Struct

from pegboard_anthropic.words import Capabilities, Effort, Listed, Support, Thinking, ThinkingTypes
from pegboard_sdk import InvalidParams, StreamModel, ToolSpec

MOST_TOKENS: Final = 32_000
"""Of an answer, where nobody says otherwise: every model that is offered today can do it."""
ANSWER_TOOL: Final = "give_answer"
LEVELS: Final = ("low", "medium", "high", "xhigh", "max")
OURS: Final = ("model", "messages", "system", "tools", "stream", "cache_control")
"""Keys of a body that no parameter may replace."""

_BUDGETS: Final = {"low": 2_048, "medium": 8_192, "high": 16_384, "xhigh": 24_576, "max": 28_672}
_LEAST_BUDGET: Final = 1_024
_ROOM: Final = 2_048
"""Tokens of an answer that thinking leaves at least."""
_OFF: Final = ("none", "off")
_YES: Final = Support(supported=True)
_UNKNOWN: Final = Capabilities(
    effort=Effort(supported=True, low=_YES, medium=_YES, high=_YES, xhigh=_YES, max=_YES),
    thinking=Thinking(types=ThinkingTypes(adaptive=_YES, enabled=_YES, disabled=_YES)),
    structured_outputs=_YES,
)
_MARKS: Final = {
    "5m": b',"cache_control":{"type":"ephemeral"}',
    "1h": b',"cache_control":{"type":"ephemeral","ttl":"1h"}',
    "off": b"",
}
_PLAIN: Final = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "title",
    "description", "format", "default", "examples",
}  # fmt: skip
"""What the server's own output format understands of a schema."""


class Shape(Struct, frozen=True):
    """Fields of the body, a tool that carries a structured answer, and what marks a block for the cache."""

    fields: dict[str, Any]
    answer_tool: ToolSpec | None
    mark: bytes

    @property
    def answer_name(self) -> str:
        """The name of the tool whose arguments are the answer, empty where there is none."""
        return self.answer_tool.name if self.answer_tool else ""


def wanted(request: StreamModel) -> dict[str, Any]:
    """The parameters of a request; the effort that was asked for in this session counts before the configured one."""
    given = {key: value for key, value in request.params.items() if value not in (None, "")}
    effort = request.effort or given.pop("reasoning_effort", None)
    given.pop("reasoning_effort", None)
    return given | ({"effort": effort} if effort else {})


def needs_model(params: dict[str, Any]) -> bool:
    """Whether it matters what the model can do."""
    return not params.keys().isdisjoint(("effort", "thinking_budget", "json_schema"))


def shape(params: dict[str, Any], model: Listed | None, *, most: int | None, has_tools: bool) -> Shape:
    """The shape that `params` ask for; `most` is the longest answer that the server is known to take.

    `effort`, `thinking_budget`, `json_schema` and `cache` are translated, everything else goes through as it is. Raises
    InvalidParams for a parameter that is ours to set, or that the model cannot do.
    """
    wrong = next((key for key in params if key in OURS), None)
    if wrong is not None:
        raise InvalidParams(f"params: `{wrong}` is set by the anthropic plugin itself; leave it out")
    fields = dict(params)
    can = model.capabilities if model is not None and model.capabilities is not None else _UNKNOWN
    effort, budget, schema = (fields.pop(key, None) for key in ("effort", "thinking_budget", "json_schema"))
    cache = fields.pop("cache", "5m")
    if cache not in _MARKS:
        raise InvalidParams(f"params: `cache` is one of {', '.join(_MARKS)}, not {cache!r}")
    fields["max_tokens"] = _length(fields.get("max_tokens"), model, most)
    if effort is not None:
        _think(fields, _level(effort), can)
    if budget is not None:
        _think_for(fields, budget, can)
    tool = _form(fields, schema, can, has_tools=has_tools) if schema is not None else None
    return Shape(fields, tool, _MARKS[cache])


def _length(wanted: object, model: Listed | None, most: int | None) -> int:
    if wanted is not None and (isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1):
        raise InvalidParams(f"params: `max_tokens` is a whole number of tokens, not {wanted!r}")
    asked = wanted if isinstance(wanted, int) else MOST_TOKENS
    limits = (most, model.max_tokens if model is not None else None)
    return min(asked, *(limit for limit in limits if limit), asked)


def _level(effort: object) -> str:
    if effort == "minimal":
        return "low"
    if effort not in (*_OFF, *LEVELS):
        raise InvalidParams(f"params: `effort` is one of {', '.join((*_OFF, *LEVELS))}, not {effort!r}")
    return str(effort)


def _think(fields: dict[str, Any], level: str, can: Capabilities) -> None:
    """Think as hard as `level` says, or as near to it as the model can."""
    types, effort = can.thinking.types, can.effort
    if level in _OFF and types.disabled.supported:
        fields.setdefault("thinking", {"type": "disabled"})
        return
    known = [name for name in LEVELS if (found := getattr(effort, name)) is not None and found.supported]
    wanted = LEVELS.index("low" if level in _OFF else level)
    if effort.supported and known:
        nearest = next((name for name in reversed(known) if LEVELS.index(name) <= wanted), known[0])
        fields["output_config"] = {**fields.get("output_config", {}), "effort": nearest}
    if types.adaptive.supported:
        # Without `display`, newer models keep what they think to themselves.
        fields.setdefault("thinking", {"type": "adaptive", "display": "summarized"})
    elif types.enabled.supported:
        _think_for(fields, _BUDGETS[LEVELS[wanted]], can)


def _think_for(fields: dict[str, Any], budget: object, can: Capabilities) -> None:
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < _LEAST_BUDGET:
        raise InvalidParams(f"params: `thinking_budget` is at least {_LEAST_BUDGET} tokens, not {budget!r}")
    if not can.thinking.types.enabled.supported:
        raise InvalidParams("params: this model decides itself how long it thinks; set `effort`, not `thinking_budget`")
    spent = min(budget, fields["max_tokens"] - _ROOM)
    if spent >= _LEAST_BUDGET:
        fields.setdefault("thinking", {"type": "enabled", "budget_tokens": spent})


def _form(fields: dict[str, Any], schema: object, can: Capabilities, *, has_tools: bool) -> ToolSpec | None:
    """Ask for an answer that fits `schema`: by the server's output format, else by a tool that must be called."""
    if not isinstance(schema, dict):
        raise InvalidParams("params: `json_schema` must be a JSON Schema object")
    if can.structured_outputs.supported and is_plain(schema):
        format_ = {"type": "json_schema", "schema": schema}
        fields["output_config"] = {**fields.get("output_config", {}), "format": format_}
        return None
    if schema.get("type") != "object":
        raise InvalidParams(
            "params: `json_schema` must describe an object here, as the model answers by calling a tool"
        )
    # With tools of the agent's own it may work first; a call is forced in either case, and does not go with thinking.
    fields["tool_choice"] = {"type": "any"} if has_tools else {"type": "tool", "name": ANSWER_TOOL}
    fields.pop("thinking", None)
    if can.thinking.types.disabled.supported:
        fields["thinking"] = {"type": "disabled"}
    return ToolSpec(name=ANSWER_TOOL, description="Gives the final answer; call it once, last.", input=schema)


def is_plain(schema: object) -> bool:
    """Whether the server's output format takes a schema: closed objects, and no keyword that it does not know."""
    if isinstance(schema, list):
        return all(map(is_plain, schema))
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties", {})
    is_object = schema.get("type") == "object" or "properties" in schema
    if not schema.keys() <= _PLAIN or (is_object and schema.get("additionalProperties") is not False):
        return False
    inner = [*properties.values()] if isinstance(properties, dict) else []
    return is_plain(inner) and is_plain(schema.get("items")) and is_plain(schema.get("anyOf"))
