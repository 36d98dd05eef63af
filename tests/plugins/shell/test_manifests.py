"""The manifests of the plugins that are copied from say what their code does, and cost models little."""

import json
from importlib import import_module
from pathlib import Path

import pytest

from pegboard_sdk import Plugin
from pegboard_sdk.schema import input_schema
from pegboard_sdk.wire.manifest import Manifest, parse_manifest

PRICES = {"hello": 200, "ask": 700, "shell": 1300}
"""Bytes of JSON that a model is sent at every call for the tools of each plugin, at most."""


def read(name: str) -> tuple[Plugin, Manifest, Path]:
    plugin: Plugin = import_module(f"pegboard_{name}").plugin
    folder = Path(plugin.package_dir)
    return plugin, parse_manifest((folder / "pegboard.toml").read_bytes(), where=name), folder


@pytest.mark.parametrize("name", PRICES)
def test_a_manifest_says_what_the_code_does(name: str) -> None:
    plugin, manifest, folder = read(name)
    assert manifest.id == plugin.id == name
    assert [entry.name for entry in manifest.tool] == list(plugin.tools)
    for entry in manifest.tool:
        tool = plugin.tools[entry.name]
        subjects = {each.param: each.kind.value for each in entry.subjects}
        assert entry.description == tool.signature.description
        assert tuple(effect.value for effect in entry.effects) == tool.effects
        assert (entry.family.value, entry.timeout_s, entry.repeatable) == (tool.family, tool.timeout_s, tool.repeatable)
        assert subjects == {param: kind.partition(":")[0] for param, kind in tool.subjects.items()}
        assert json.loads((folder / entry.input).read_text()) == input_schema(tool.signature)


@pytest.mark.parametrize(("name", "price"), PRICES.items())
def test_tools_are_cheap_to_send(name: str, price: int) -> None:
    _, manifest, folder = read(name)
    sent = [
        {"name": tool.name, "description": tool.description, "input": json.loads((folder / tool.input).read_text())}
        for tool in manifest.tool
    ]
    assert sum(len(json.dumps(each, separators=(",", ":"))) for each in sent) <= price
