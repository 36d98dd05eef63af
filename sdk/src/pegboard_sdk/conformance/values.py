"""Random values of a JSON Schema: valid ones, the edges among them, and ones that are surely not valid.

What is understood is the part of 2020-12 that describes tools. A pattern that cannot be met by a guess is a reason not
to draw, never a wrong value.
"""

import random
import re
import string
from collections.abc import Callable
from typing import Any, Final

from pegboard_sdk.wire.codec import JsonObject

DEPTH: Final = 4
LONGEST: Final = 24
LETTERS: Final = string.ascii_letters + string.digits + " _-./äß漢🙂\n\"'\\"
FORMATS: Final = {
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:30:00Z",
    "time": "12:30:00Z",
    "email": "someone@example.org",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.org/a?b=c",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}
GUESSES: Final = ("", "a", "A", "0", "1", "abc", "ABC", "a1", "a-b", "a_b", "a.b", "12", "2024", "/", "a/b", "#fff")
WRONG: Final[dict[str, object]] = {
    "string": 7,
    "integer": "no number",
    "number": "no number",
    "boolean": "neither",
    "array": {"no": "array"},
    "object": "no object",
}


class NoValue(Exception):
    """The schema asks for something that cannot be drawn."""


class Values:
    """Draws from one schema; the same seed gives the same values."""

    def __init__(self, schema: JsonObject, seed: int) -> None:
        self._root = schema
        self._random = random.Random(seed)

    def valid(self) -> Any:  # noqa: ANN401 - whatever the schema says
        """A value that the schema allows. Raises NoValue."""
        return self._draw(self._root, 0)

    def invalid(self) -> list[JsonObject]:
        """Objects that the schema refuses: a required key missing, a wrong type, an unknown key."""
        found: list[JsonObject] = []
        good = self.valid()
        required = self._root.get("required", [])
        if required:
            found.append({key: value for key, value in good.items() if key != required[0]})
        for name, schema in self._root.get("properties", {}).items():
            wrong = WRONG.get(str(self._resolved(schema).get("type")))
            if wrong is not None:
                found.append({**good, name: wrong})
        if self._root.get("additionalProperties") is False:
            found.append({**good, "no_such_parameter": 1})
        return found

    def _draw(self, schema: Any, depth: int) -> Any:  # noqa: ANN401
        if schema is True or schema == {}:
            return self._random.choice([None, 0, "", "any", [], {}])
        if schema is False:
            raise NoValue("a schema that allows nothing")
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._choice(schema, key, depth)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        kind = self._random.choice(kind) if isinstance(kind, list) else kind
        drawers: dict[str, Callable[[JsonObject, int], object]] = {
            "string": self._string,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda _schema, _depth: self._random.random() < 0.5,
            "null": lambda _schema, _depth: None,
            "array": self._array,
            "object": self._object,
        }
        if kind not in drawers:
            raise NoValue(f"no such type: {kind}")
        return drawers[kind](schema, depth)

    def _choice(self, schema: JsonObject, key: str, depth: int) -> object:
        rest = {name: value for name, value in schema.items() if name not in (key, "description", "default")}
        choices = list(schema[key])
        self._random.shuffle(choices)
        if depth >= DEPTH:
            choices.sort(key=lambda each: "$ref" in each)
        for each in choices:
            try:
                return self._draw({**rest, **self._resolved(each)}, depth)
            except NoValue:
                continue
        raise NoValue(f"nothing of {key} can be drawn")

    def _resolved(self, schema: JsonObject) -> JsonObject:
        """References followed, `allOf` merged."""
        for _ in range(20):
            if "$ref" not in schema:
                break
            target: Any = self._root
            for step in str(schema["$ref"]).lstrip("#/").split("/"):
                target = target[step] if isinstance(target, dict) and step in target else {}
            schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        merged = dict(schema)
        for part in merged.pop("allOf", []):
            for key, value in self._resolved(part).items():
                old = merged.get(key)
                merged[key] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        return merged

    def _object(self, schema: JsonObject, depth: int) -> JsonObject:
        required = schema.get("required", [])
        drawn: JsonObject = {}
        for name, each in schema.get("properties", {}).items():
            if name in required or (depth < DEPTH and self._random.random() < 0.5):
                try:
                    drawn[name] = self._draw(each, depth + 1)
                except NoValue:
                    if name in required:
                        raise
        if any(name not in drawn for name in required):
            raise NoValue("a required key without a schema")
        return drawn

    def _array(self, schema: JsonObject, depth: int) -> list[object]:
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", least + 3), least + 3)
        count = least if depth >= DEPTH else self._random.randint(least, max(least, most))
        items = [self._draw(each, depth + 1) for each in schema.get("prefixItems", [])]
        while len(items) < count:
            items.append(self._draw(schema.get("items", True), depth + 1))
        if not schema.get("uniqueItems"):
            return items
        unique = [item for at, item in enumerate(items) if item not in items[:at]]
        if len(unique) < least:
            raise NoValue("not enough different items")
        return unique

    def _string(self, schema: JsonObject, _depth: int) -> str:
        least: int = schema.get("minLength", 0)
        most: int = schema.get("maxLength", LONGEST)
        known = FORMATS.get(str(schema.get("format")))
        if known is not None:
            return known
        if "pattern" in schema:
            return self._matching(str(schema["pattern"]), least, schema.get("maxLength", 1 << 16))
        if self._random.random() < 0.2:
            return "x" * least
        size = self._random.randint(least, max(least, min(most, least + LONGEST)))
        return "".join(self._random.choice(LETTERS) for _ in range(size))

    def _matching(self, pattern: str, least: int, most: int) -> str:
        for guess in self._random.sample(GUESSES, len(GUESSES)):
            for text in (guess, guess * least):
                if re.search(pattern, text) and least <= len(text) <= most:
                    return text
        raise NoValue(f"no text for the pattern {pattern}")

    def _integer(self, schema: JsonObject, _depth: int) -> int:
        low, high = _bounds(schema, 1)
        step = schema.get("multipleOf", 1)
        edge = self._random.random()
        value = low if edge < 0.15 else high if edge < 0.3 else self._random.randint(low, high)
        value -= value % step
        if value < low:
            value += step
        return int(value)

    def _number(self, schema: JsonObject, _depth: int) -> float | int:
        low, high = _bounds(schema, 0.5)
        if "multipleOf" in schema:
            return self._integer(schema, 0)
        value = self._random.choice([low, high, self._random.uniform(low, high), (low + high) / 2])
        return float(min(max(round(value, 3), low), high))


def _bounds(schema: JsonObject, inward: float) -> tuple[Any, Any]:
    """The least and the greatest value; an exclusive bound moves `inward`."""
    edges: JsonObject = {"exclusiveMinimum": -10, "exclusiveMaximum": 1000} | schema
    low: Any = edges.get("minimum", edges["exclusiveMinimum"])
    high: Any = edges.get("maximum", edges["exclusiveMaximum"])
    if low >= high and "exclusiveMaximum" not in schema and "maximum" not in schema:
        high = low + 1000
    if low >= high and "exclusiveMinimum" not in schema and "minimum" not in schema:
        low = high - 1000
    step = min(inward, (high - low) / 4) if inward < 1 else inward
    return (
        low + step if "exclusiveMinimum" in schema else low,
        high - step if "exclusiveMaximum" in schema else high,
    )
