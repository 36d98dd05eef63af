"""What `pegboard.toml` and the schemas of files and search say is what the code offers, and short."""

import importlib
import json
from pathlib import Path

import pytest

from pegboard_sdk.schema import input_schema
from pegboard_sdk.wire.manifest import parse_manifest

BYTES_ALLOWED = {"files": 2200, "search": 900}
"""What a model is sent of each, at every call."""


def subjects_of(tool):
    return sorted((param, *kind.split(":")) for param, kind in tool.subjects.items())


@pytest.mark.parametrize("name", ["files", "search"])
def test_manifest_and_code_agree(name):
    module = importlib.import_module(f"pegboard_{name}")
    package = Path(module.__file__).parent
    manifest = parse_manifest((package / "pegboard.toml").read_bytes(), where=name)
    assert manifest.id == module.plugin.id == name
    assert [entry.name for entry in manifest.tool] == list(module.plugin.tools)
    sent = []
    for entry, tool in zip(manifest.tool, module.plugin.tools.values(), strict=True):
        schema = json.loads((package / entry.input).read_text())
        assert schema == input_schema(tool.signature)
        assert entry.description == tool.signature.description
        assert tuple(effect.value for effect in entry.effects) == tool.effects
        assert (entry.family.value, entry.timeout_s, entry.repeatable) == (tool.family, tool.timeout_s, tool.repeatable)
        assert sorted((each.param, each.kind.value, each.access.value) for each in entry.subjects) == subjects_of(tool)
        sent.append({"name": entry.name, "description": entry.description, "input": schema})
    assert len(json.dumps(sent, separators=(",", ":"))) <= BYTES_ALLOWED[name]
    assert {f"schemas/{path.name}" for path in (package / "schemas").iterdir()} == {
        entry.input for entry in manifest.tool
    }
