"""JSON Schema 2020-12 of a tool's parameters, as short as it can be: every model pays for it at every call.

Made when a manifest is written, never at a plugin's start.
"""

from typing import Any

import msgspec

from pegboard_sdk.errors import InvalidParams
from pegboard_sdk.signature import Signature
from pegboard_sdk.wire.codec import JsonObject

REFERENCE = "#/$defs/"


def input_schema(signature: Signature) -> JsonObject:
    """The schema of the parameters.

    Definitions are inlined where they are not recursive, titles left out, objects closed. `X | None = None` is written
    as X: leaving the parameter out says the same. Raises InvalidParams when a type has no schema.
    """
    try:
        (schema,), definitions = msgspec.json.schema_components(
            [signature.arguments], ref_template=REFERENCE + "{name}"
        )
    except TypeError as error:
        raise InvalidParams(f"{signature.function.__name__}: {error}") from error
    writer = _Writer(definitions)
    short = writer.shortened(schema, ())
    short.setdefault("properties", {})
    if writer.kept:
        short["$defs"] = {name: writer.definition(name) for name in sorted(writer.kept)}
    return short


class _Writer:
    """Shortens one schema; `kept` are the definitions that had to stay because they contain themselves."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self.kept: set[str] = set()

    def definition(self, name: str) -> object:
        """A definition that stays, itself shortened."""
        return self._table(self._definitions[name], (name,))

    def shorten(self, schema: object, inside: tuple[str, ...]) -> object:
        """Whatever stands in a schema, with fewer words."""
        if isinstance(schema, list):
            return [self.shorten(each, inside) for each in schema]
        return self.shortened(schema, inside) if isinstance(schema, dict) else schema

    def shortened(self, schema: JsonObject, inside: tuple[str, ...]) -> JsonObject:
        """The same schema with fewer words; `inside` are the definitions that are being inlined around it."""
        name = schema.get("$ref", "").removeprefix(REFERENCE)
        if not name:
            return self._table(schema, inside)
        rest = self._table({key: value for key, value in schema.items() if key != "$ref"}, inside)
        if name in inside or name in self.kept:
            self.kept.add(name)
            return {"$ref": REFERENCE + name} | rest
        inlined = self._table(self._definitions[name], (*inside, name))
        if name in self.kept:
            return {"$ref": REFERENCE + name} | rest
        return inlined | rest

    def _table(self, schema: JsonObject, inside: tuple[str, ...]) -> JsonObject:
        short: JsonObject = {}
        for key, value in schema.items():
            if key in ("title", "$ref") or (key == "default" and value in (None, [], {}, "", False)):
                continue
            if key == "properties":
                short[key] = {name: self._property(each, inside) for name, each in value.items()}
            elif key in ("enum", "required", "const", "default", "description"):
                if key != "required" or value:
                    short[key] = value
            else:
                short[key] = self.shorten(value, inside)
        if short.get("type") == "object" and "properties" in short:
            short.setdefault("additionalProperties", False)
        if not inside and "description" in short and "properties" in short:
            del short["description"]
        return short

    def _property(self, schema: JsonObject, inside: tuple[str, ...]) -> object:
        choices = schema.get("anyOf")
        if choices and "default" in schema and schema["default"] is None:
            kinds = [each for each in choices if each != {"type": "null"}]
            rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
            schema = (kinds[0] if len(kinds) == 1 else {"anyOf": kinds}) | rest
        return self.shorten(schema, inside)
