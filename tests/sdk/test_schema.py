"""Signatures and docstrings become short, closed JSON Schemas, and decode what the schemas allow."""

import json
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta, Raw, Struct

from pegboard_sdk import AsyncContext, BadDeclaration, Context, InvalidParams, Plugin
from pegboard_sdk.schema import input_schema
from pegboard_sdk.signature import Signature


class Edit(Struct):
    """One replacement."""

    old: str
    new: str
    count: int = 1


class Node(Struct):
    name: str
    children: "list[Node]" = []


def read(path: str, offset: int = 1, limit: int | None = None, *, ctx: Context) -> str:
    """Reads a text file,
    line by line.

    path: file in the workspace.
    limit: how many lines,
        at most.
    nothing: of that name.

    More that no model needs.
    """
    return f"{path} {offset} {limit} {ctx}"


def test_a_signature_becomes_a_short_schema() -> None:
    assert input_schema(Signature(read)) == {
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "file in the workspace."},
            "offset": {"type": "integer", "default": 1},
            "limit": {"type": "integer", "description": "how many lines, at most."},
        },
        "required": ["path"],
        "additionalProperties": False,
    }
    assert Signature(read).description == "Reads a text file, line by line."


def test_a_schema_of_no_parameters_is_an_empty_closed_object() -> None:
    def nothing() -> None: ...

    assert input_schema(Signature(nothing)) == {"type": "object", "properties": {}, "additionalProperties": False}


def test_structs_are_inlined_and_closed() -> None:
    def edit(path: str, edits: list[Edit]) -> None: ...

    assert input_schema(Signature(edit))["properties"]["edits"] == {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "old": {"type": "string"},
                "new": {"type": "string"},
                "count": {"type": "integer", "default": 1},
            },
            "required": ["old", "new"],
            "additionalProperties": False,
            "description": "One replacement.",
        },
    }


def test_recursive_types_keep_their_definition() -> None:
    def walk(root: Node, other: Node | None = None) -> None: ...

    schema = input_schema(Signature(walk))
    assert schema["properties"] == {"root": {"$ref": "#/$defs/Node"}, "other": {"$ref": "#/$defs/Node"}}
    assert schema["$defs"]["Node"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Literal["a", "b"], {"enum": ["a", "b"]}),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}),
        (Annotated[int, Meta(ge=1, le=9)], {"type": "integer", "minimum": 1, "maximum": 9}),
        (list[str] | str, {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        (tuple[str, ...], {"type": "array", "items": {"type": "string"}}),
        (bool, {"type": "boolean"}),
        (float, {"type": "number"}),
    ],
)
def test_types(kind: object, expected: object) -> None:
    def tool(value) -> None: ...

    tool.__annotations__["value"] = kind
    schema = input_schema(Signature(tool))
    assert _sorted(schema["properties"]["value"]) == _sorted(expected)


def _sorted(schema: object) -> object:
    if isinstance(schema, dict):
        return {key: _sorted(value) for key, value in schema.items()}
    return sorted(map(json.dumps, schema)) if isinstance(schema, list) else schema


def test_no_title_is_left_anywhere() -> None:
    def many(a: Edit, b: list[Node], c: dict[str, Edit] | None = None) -> None: ...

    assert '"title"' not in json.dumps(input_schema(Signature(many)))


def test_the_context_is_no_parameter_however_it_is_annotated() -> None:
    def by_name(a: int, *, ctx: "Context") -> None: ...
    async def awaited(a: int, *, context: AsyncContext) -> None: ...

    for function, name in ((by_name, "ctx"), (awaited, "context")):
        signature = Signature(function)
        assert signature.parameters == ("a",)
        assert signature.context_name == name


def test_arguments_are_passed_as_they_were_declared() -> None:
    def mixed(a: int, b: list[int] = [1], *, c: str = "x", ctx: Context) -> tuple[object, ...]:  # noqa: B006
        b.append(a)
        return a, b, c, ctx

    signature = Signature(mixed)
    for _ in range(2):
        arguments = signature.decode(Raw(msgspec.msgpack.encode({"a": 5})))
        assert signature.call(arguments, "context") == (5, [1, 5], "x", "context")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "missing required field `path`"),
        ({"path": 5}, "Expected `str`, got `int` - at `\\$.path`"),
        ({"path": "x", "ofset": 1}, "unknown field `ofset`; parameters: path, offset, limit"),
        ({"path": "x", "offset": "many"}, "Expected `int`"),
        ([], "Expected `object`"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_with_the_place(arguments: object, words: str) -> None:
    with pytest.raises(InvalidParams, match=words):
        Signature(read).decode(Raw(msgspec.msgpack.encode(arguments)))


def test_a_null_for_an_optional_parameter_is_as_good_as_nothing() -> None:
    arguments = Signature(read).decode(Raw(msgspec.msgpack.encode({"path": "x", "limit": None})))
    assert Signature(read).call(arguments, "c") == "x 1 None c"


def test_functions_without_a_schema_are_refused_by_name() -> None:
    def untyped(a, b: int) -> None: ...
    def starred(*args: int) -> None: ...
    def odd(a: complex) -> None: ...

    with pytest.raises(InvalidParams, match="untyped: parameter `a` has no type"):
        input_schema(Signature(untyped))
    with pytest.raises(InvalidParams, match="starred"):
        Signature(starred)
    with pytest.raises(InvalidParams, match="odd"):
        input_schema(Signature(odd))


def test_declarations_that_cannot_be_are_refused_at_once() -> None:
    plugin = Plugin("words")
    plugin.tool(effect="read")(read)
    with pytest.raises(BadDeclaration, match="tool `read` is declared twice"):
        plugin.tool(effect="read")(read)
    with pytest.raises(BadDeclaration, match="effect of tool `read`: `run` is not one of read, write, exec, net"):
        plugin.tool(effect="run")(read)
    with pytest.raises(BadDeclaration, match="family"):
        plugin.tool(effect=["read", "net"], name="other", family="grep")(read)
    with pytest.raises(BadDeclaration, match="kind of a hook"):
        plugin.hook(kind="door")


def test_declarations_say_what_a_manifest_needs(tmp_path) -> None:
    plugin = Plugin("words")
    plugin.tool(effect=["read", "net"], timeout_s=5, subjects={"path": "file:read"}, family="read")(read)
    tool = plugin.tools["read"]
    assert (tool.effects, tool.family, tool.timeout_s, tool.repeatable) == (("read", "net"), "read", 5, False)
    assert tool.subjects == {"path": "file:read"}
    assert plugin.package_dir == str(__file__).rpartition("/")[0]
    assert not plugin.is_async
