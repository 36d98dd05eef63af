"""What a person is shown of an update: every right, text and schema that changes."""

from pegboard.cli.supply.difference import changes, described
from pegboard.found import Origin
from pegboard.supply.lock import Pin, ToolPin, WheelPin
from pegboard_sdk.wire.manifest import Capabilities, Manifest, ToolEffect, ToolEntry

A, B = "a" * 64, "b" * 64


def tool(name: str) -> ToolEntry:
    return ToolEntry(name=name, description="Does\nthings.", effects=[ToolEffect.READ])


def pin(**more: object) -> Pin:
    fields = {"version": "1", "origin": Origin.STORE, "manifest": A, "trees": {"k": A}}
    return Pin(**(fields | more))  # type: ignore[arg-type]


MANIFEST = Manifest(schema=1, id="x", version="1")


def test_the_same_pin_has_no_changes() -> None:
    one = pin(tools={"t": ToolPin(text=A)}, wheels={"w": WheelPin(version="1", files={"w.whl": A})})
    assert list(changes(one, one, MANIFEST)) == []


def test_every_change_is_a_line() -> None:
    old = pin(
        tools={"gone": ToolPin(text=A), "text": ToolPin(text=A), "schema": ToolPin(text=A, schema=A)},
        granted=Capabilities(net=["a.org"], env=["HOME"]),
        wheels={"w": WheelPin(version="1", files={}), "old": WheelPin(version="1", files={})},
    )
    new = pin(
        version="2",
        trees={"k": B},
        tools={"new": ToolPin(text=A), "text": ToolPin(text=B), "schema": ToolPin(text=A, schema=B)},
        wheels={"w": WheelPin(version="2", files={}), "new": WheelPin(version="1", files={})},
    )
    manifest = Manifest(
        schema=1,
        id="x",
        version="2",
        uses=["tool.call"],
        capabilities=Capabilities(net=["a.org", "b.org"], exec=True, terminal=True),
        tool=[tool("new"), tool("text"), tool("schema")],
    )
    told = "  tool {} (effects: read) tells the model:", "    Does", "    things."
    assert list(changes(old, new, manifest)) == [
        "version 1 becomes 2",
        f"tree {A} becomes {B} (k)",
        "asks for net: b.org",
        "no longer asks for env: HOME",
        "asks for exec",
        "asks for terminal",
        "asks to call tool.call",
        "tool gone is gone",
        "tool new is new",
        told[0].format("new"),
        *told[1:],
        "tool schema takes other arguments now",
        "tool text says something else of itself now",
        told[0].format("text"),
        *told[1:],
        "needs new 1, which is new",
        "no longer needs old 1",
        "w 1 becomes 2",
    ]


def test_a_new_plugin_is_described_with_its_hashes_and_rights() -> None:
    manifest = Manifest(
        schema=1, id="x", version="1", capabilities=Capabilities(write=["workspace"], exec=True), tool=[tool("t")]
    )
    lines = list(described(manifest, pin(wheels={"w": WheelPin(version="1", files={"w.whl": B})})))
    assert f"  tree {A} (k)" in lines
    assert f"  w.whl sha256:{B}" in lines
    assert {"  asks for write: workspace", "  asks for exec"} <= set(lines)
