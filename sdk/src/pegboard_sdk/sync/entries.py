"""What a manifest must say of a plugin's code: its tools, models, hooks and the rest as tables. Reads no file."""

from typing import Final, TypeVar

import msgspec

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.hookspecs import MODES
from pegboard_sdk.plugin import Plugin, Tool
from pegboard_sdk.schema import input_schema
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import (
    ChannelEntry,
    CommandEntry,
    HookEntry,
    HookKind,
    ModelEntry,
    Strict,
    Subject,
    ToolEntry,
)

GENERATED: Final = ("tool", "model", "hook", "command", "channel")
"""Kinds of tables that come from the code."""

Tables = dict[str, list[Strict]]

T = TypeVar("T")


def entries_of(plugin: Plugin, inputs: dict[str, str]) -> Tables:
    """The tables of each kind, in the order of the code. `inputs` are the schema files of tools that have one.

    Raises InvalidParams for what the code declares and a manifest cannot say.
    """
    tools: list[Strict] = []
    for tool in plugin.tools.values():
        tools.append(_tool(tool, inputs.get(tool.name, f"schemas/{tool.name}.json")))
    return {
        "tool": tools,
        "model": [_checked(ModelEntry, {"name": name}, f"model `{name}`") for name in plugin.models_offered],
        "hook": _hooks(plugin),
        "command": [
            _checked(CommandEntry, {"name": name, "summary": each.summary}, f"command `{name}`")
            for name, each in plugin.commands.items()
        ],
        "channel": [_checked(ChannelEntry, {"name": name}, f"channel `{name}`") for name in plugin.channels],
    }


def schemas_of(plugin: Plugin, inputs: dict[str, str]) -> dict[str, JsonObject]:
    """The schema of each tool's parameters, by its file. Raises InvalidParams when a type has no schema."""
    named = {tool: inputs.get(tool, f"schemas/{tool}.json") for tool in plugin.tools}
    return {named[tool.name]: input_schema(tool.signature) for tool in plugin.tools.values()}


def _tool(tool: Tool, path: str) -> ToolEntry:
    if not tool.signature.description:
        raise InvalidParams(f"tool `{tool.name}` has no docstring; its first paragraph is what a model reads")
    values = {
        "name": tool.name,
        "description": tool.signature.description,
        "effects": list(tool.effects),
        "repeatable": tool.repeatable,
        "timeout_s": float(tool.timeout_s),
        "family": tool.family,
        "input": path,
        "subjects": [_subject(tool, param, text) for param, text in tool.subjects.items()],
    }
    return _checked(ToolEntry, values, f"tool `{tool.name}`")


def _subject(tool: Tool, param: str, text: str) -> JsonObject:
    if param not in tool.signature.parameters:
        known = ", ".join(tool.signature.parameters) or "none"
        raise InvalidParams(f"tool `{tool.name}`: subject `{param}` is no parameter; there are {known}")
    kind, _, access = text.partition(":")
    subject = {"param": param, "kind": kind, "access": access or ("list" if kind == "dir" else "read")}
    _checked(Subject, subject, f"tool `{tool.name}`: subject `{param}`")
    return subject


def _hooks(plugin: Plugin) -> list[Strict]:
    """One table a hook: a gate if any implementation is one, as early as the earliest."""
    found: dict[str, HookEntry] = {}
    for hook in plugin.hooks:
        if hook.name not in MODES:
            raise InvalidParams(f"there is no hook `{hook.name}`; there are {', '.join(MODES)}")
        entry = HookEntry(name=hook.name, kind=HookKind(hook.kind), order=hook.order)
        if (other := found.get(hook.name)) is not None:
            kind = HookKind.GATE if HookKind.GATE in (entry.kind, other.kind) else HookKind.OBSERVER
            entry = HookEntry(name=hook.name, kind=kind, order=min(entry.order, other.order))
        found[hook.name] = entry
    return list(found.values())


def _checked(kind: type[T], values: JsonObject, what: str) -> T:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise InvalidParams(f"{what}: {error}") from error
