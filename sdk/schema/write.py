"""Writes the JSON Schemas beside this script from the SDK's types: ``python sdk/schema/write.py``. A test compares.

A frame is a JSON array here as it is a MessagePack array on the wire; MessagePack bin is a base64 string here.
"""

import sys
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from pegboard_sdk.wire import batching, fronting, methods, modelling
from pegboard_sdk.wire.manifest import Manifest
from pegboard_sdk.wire.messages import Frame
from pegboard_sdk.wire.records import Answer, AnyRecord, Question

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PAYLOADS: Final = {
    "Hello.config": methods.Setup,
    "tool.call": methods.CallTool,
    "tool.call value": methods.ToolOutput,
    "model.stream": methods.StreamModel,
    "model.stream value": methods.ModelReply,
    "model.list": methods.ListModels,
    "model.list value": list[methods.ModelInfo],
    "model.batch": batching.AskBatch,
    "model.batch value": list[batching.BatchJob],
    "model.batch line": batching.Answered,
    "command.run": methods.RunCommand,
    "hook.NAME": methods.CallHook,
    "model.call": modelling.CallModel,
    "model.call value": modelling.ModelAnswer,
    "hook.route ask": modelling.Ask,
    "hook.route value": modelling.Choice | None,
    "hook.before_model planned": modelling.Planned,
    "hook.after_model paid": modelling.Paid,
    "user.ask": methods.AskUser,
    "user.ask value": methods.UserAnswer,
    "fs.read": methods.ReadFile,
    "fs.read value": methods.FileBytes,
    "fs.write": methods.WriteFile,
    "channel.run": fronting.RunChannel,
    "channel.run value": fronting.Left,
    "front.show": fronting.Show,
    "front.ask": Question,
    "front.ask value": Answer | None,
    "session.prompt": fronting.Prompted,
    "session.take_back value": fronting.TakenBack,
    "session.interrupt value": bool,
    "session.command": fronting.Typed,
    "session.command value": fronting.Said,
    "session.complete": fronting.Complete,
    "session.complete value": fronting.Completions,
}


def schemas() -> dict[str, str]:
    """The text of each file by its name."""
    return {
        "frames.json": _frames(),
        "payloads.json": _written("Payloads of the methods of PWP/1", PAYLOADS),
        "records.json": _written("Records of journals, front-ends and stream-json", {"AnyRecord": AnyRecord}),
        "manifest.json": _written("pegboard.toml", {"Manifest": Manifest}),
    }


def _frames() -> str:
    """Arrays by position: kind, id, and the fields; what may be left out at the end is not in `minItems`."""
    kinds = {kind.__name__: msgspec.structs.fields(kind) for kind in get_args(Frame)}
    types = [field.type for fields in kinds.values() for field in fields]
    found, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    schemas = iter(found)
    frames: dict[str, Any] = {}
    for kind in get_args(Frame):
        items: list[Any] = [{"title": "kind", "const": kind.__struct_config__.tag}]
        items += [{"title": field.name, **next(schemas)} for field in kinds[kind.__name__]]
        needed = 1 + sum(field.required for field in kinds[kind.__name__])
        frames[kind.__name__] = {"type": "array", "prefixItems": items, "minItems": needed}
    named = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in frames], "$defs": {**frames, **definitions}}
    return _text({"$schema": DIALECT, "title": "Frames of PWP/1", **named})


def _text(schema: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(_unfolded(schema))).decode() + "\n"


def _unfolded(schema: object) -> object:
    """Descriptions on one line: how a docstring is indented is another matter in each Python."""
    if isinstance(schema, list):
        return [_unfolded(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: " ".join(value.split()) if key == "description" and isinstance(value, str) else _unfolded(value)
        for key, value in schema.items()
    }


def _written(title: str, kinds: dict[str, Any]) -> str:
    found, definitions = msgspec.json.schema_components(kinds.values(), ref_template="#/$defs/{name}")
    named = dict(zip(kinds, found, strict=True))
    schema = {"$schema": DIALECT, "title": title, "properties": named, "$defs": dict(sorted(definitions.items()))}
    if len(kinds) == 1:
        (only,) = found
        schema = {"$schema": DIALECT, "title": title, **only, "$defs": schema["$defs"]}
    return _text(schema)


if __name__ == "__main__":
    for name, text in schemas().items():
        path = Path(__file__).with_name(name)
        path.write_text(text, "utf-8")
        sys.stdout.write(f"{path}\n")
