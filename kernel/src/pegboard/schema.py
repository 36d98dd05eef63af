"""Checks a tool's arguments against its JSON Schema and says what would be right; it changes nothing.

The part of JSON Schema 2020-12 that tools use: types, enums, objects, arrays, bounds, patterns, combinations and local
references. A keyword outside it constrains nothing here; the plugin decodes its arguments strictly again.
"""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, Final

from pegboard_sdk.wire.codec import JsonObject

MOST_FAULTS: Final = 5
"""More faults than these teach nobody."""

DEEPEST: Final = 64

_TYPES: Final[dict[str, Callable[[object], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def faults(schema: JsonObject, arguments: object) -> list[str]:
    """What is wrong with the arguments, at most `MOST_FAULTS` sentences; empty when they fit."""
    found: list[str] = []
    for fault in _check(schema, arguments, "", schema, 0):
        found.append(fault)
        if len(found) == MOST_FAULTS:
            break
    return found


def without_nulls(schema: JsonObject, arguments: JsonObject) -> JsonObject:
    """The arguments without explicit nulls for what may be left out: many models write them for parameters unused."""
    required: list[str] = schema.get("required", [])
    known: JsonObject = schema.get("properties", {})
    return {
        name: value
        for name, value in arguments.items()
        if value is not None or name in required or name not in known or not faults(known[name], None)
    }


def _check(schema: object, value: object, at: str, root: JsonObject, depth: int) -> Iterator[str]:
    if schema is True or not isinstance(schema, dict):
        if schema is False:
            yield f"{at or 'arguments'}: nothing is allowed here"
        return
    if depth > DEEPEST:
        yield f"{at or 'arguments'}: nested deeper than {DEEPEST}"
        return
    schema = _resolved(schema, root)
    wrong = _wrong_type(schema, value)
    if wrong:
        yield f"{at or 'arguments'}: expected {wrong}, got {_named(value)}"
        return
    yield from _check_value(schema, value, at)
    yield from _check_combinations(schema, value, at, root, depth)
    if isinstance(value, dict):
        yield from _check_object(schema, value, at, root, depth)
    elif isinstance(value, list):
        yield from _check_array(schema, value, at, root, depth)


def _resolved(schema: JsonObject, root: JsonObject) -> JsonObject:
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return schema
    target: Any = root
    for step in reference[2:].split("/"):
        target = target.get(step, {}) if isinstance(target, dict) else {}
    rest = {key: entry for key, entry in schema.items() if key != "$ref"}
    return {**target, **rest} if isinstance(target, dict) else rest


def _wrong_type(schema: JsonObject, value: object) -> str:
    """The types that were wanted, when the value has none of them."""
    wanted = schema.get("type")
    if wanted is None:
        return ""
    names = wanted if isinstance(wanted, list) else [wanted]
    if any(name not in _TYPES or _TYPES[name](value) for name in names):
        return ""
    return " or ".join(str(name) for name in names)


def _check_value(schema: JsonObject, value: object, at: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        choices = ", ".join(repr(choice) for choice in schema["enum"])
        yield f"{at}: {value!r} is not one of {choices}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: must be {schema['const']!r}"
    if isinstance(value, str):
        yield from _check_text(schema, value, at)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value <= schema.get("exclusiveMinimum", value - 1):
            yield f"{at}: {value} is too small"
        if value > schema.get("maximum", value) or value >= schema.get("exclusiveMaximum", value + 1):
            yield f"{at}: {value} is too large"


def _check_text(schema: JsonObject, value: str, at: str) -> Iterator[str]:
    if len(value) < schema.get("minLength", 0):
        yield f"{at}: must have at least {schema['minLength']} characters"
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{at}: must have at most {schema['maxLength']} characters"
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        try:
            fits = re.search(pattern, value) is not None
        except re.error:  # another dialect's pattern constrains nothing here
            fits = True
        if not fits:
            yield f"{at}: does not match {pattern}"


def _check_combinations(schema: JsonObject, value: object, at: str, root: JsonObject, depth: int) -> Iterator[str]:
    for part in schema.get("allOf", []):
        yield from _check(part, value, at, root, depth + 1)
    for key in ("anyOf", "oneOf"):
        branches = schema.get(key)
        if not branches:
            continue
        tries = [list(_check(branch, value, at, root, depth + 1)) for branch in branches]
        if all(tries):
            yield min(tries, key=len)[0]


def _check_object(schema: JsonObject, value: JsonObject, at: str, root: JsonObject, depth: int) -> Iterator[str]:
    known: JsonObject = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{_below(at, name)}: missing"
    for name, entry in value.items():
        if name in known:
            yield from _check(known[name], entry, _below(at, name), root, depth + 1)
        elif schema.get("additionalProperties", True) is False:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known) or 'none'}"
            yield f"{_below(at, name)}: unknown; {hint}"
        else:
            yield from _check(schema.get("additionalProperties", True), entry, _below(at, name), root, depth + 1)


def _check_array(schema: JsonObject, value: list[Any], at: str, root: JsonObject, depth: int) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{at}: must have at least {schema['minItems']} items"
    if len(value) > schema.get("maxItems", len(value)):
        yield f"{at}: must have at most {schema['maxItems']} items"
    for index, entry in enumerate(value):
        yield from _check(schema.get("items", True), entry, f"{at}[{index}]", root, depth + 1)


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _named(value: object) -> str:
    for name in ("null", "boolean", "integer", "number", "string", "array", "object"):
        if _TYPES[name](value):
            return f"{name} {value!r}" if name in {"string", "number", "integer"} and len(str(value)) < 40 else name
    return type(value).__name__
