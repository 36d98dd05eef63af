"""An answer that has to fit a schema: how a model is told, and what is wrong with what it said. Pure.

jsonschema is imported when the first answer is checked: nobody else waits for it.
"""

from typing import Any, Final

import msgspec

from pegboard_openai.profile import Schemas
from pegboard_sdk.http import BAD_JSON

MOST_FAULTS: Final = 5


def told(schema: dict[str, Any], way: Schemas) -> str:
    """What the model is told of the schema beside the request's own field for it; empty where that is enough."""
    if way in (Schemas.STRICT, Schemas.ASKED):
        return ""
    text = msgspec.json.encode(schema).decode()
    return f"Answer with one JSON value and nothing else, no code fence. It must fit this JSON Schema:\n{text}"


def asked_form(schema: dict[str, Any] | None, way: Schemas) -> dict[str, Any] | None:
    """What a request's own field says of the schema, as Responses words it; None where it says nothing."""
    if schema is None or way is Schemas.NONE:
        return None
    if way is Schemas.OBJECT:
        return {"type": "json_object"}
    return {"type": "json_schema", "name": "answer", "schema": schema, "strict": is_closed(schema)}


def is_closed(schema: object) -> bool:
    """Whether a schema has the form that strict output demands: closed objects whose properties are all required."""
    if isinstance(schema, list):
        return all(map(is_closed, schema))
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, dict):
        names = set(properties) if isinstance(properties, dict) else set()
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != names:
            return False
    return all(is_closed(value) for key, value in schema.items() if key not in ("enum", "const", "default", "examples"))


def bare(text: str) -> str:
    """The JSON of an answer without the fence that some models put around it."""
    lines = text.strip().splitlines()
    is_fenced = len(lines) > 1 and lines[0].startswith("```") and lines[-1].startswith("```")
    return "\n".join(lines[1:-1]) if is_fenced else text.strip()


def schema_faults(schema: dict[str, Any], text: str) -> list[str]:
    """What is wrong with an answer, at most `MOST_FAULTS` sentences; empty when it fits."""
    try:
        value = msgspec.json.decode(text)
    except BAD_JSON as error:
        return [f"it is no JSON: {error}"]
    import jsonschema  # noqa: PLC0415 - see above

    try:
        found = list(jsonschema.Draft202012Validator(schema).iter_errors(value))
    except Exception as error:  # noqa: BLE001 - a schema that is none; what that raises is jsonschema's own affair
        return [f"the schema itself cannot be used: {error}"]
    return [f"{each.json_path}: {each.message}"[:300] for each in found[:MOST_FAULTS]]
