"""What a session offers, fixed and in an order that does not change."""

import pytest
from agent_desk import Desk

from pegboard.errors import NameTaken
from pegboard.toolbox import Toolbox
from pegboard_sdk.errors import MethodNotFound


def test_tools_are_sorted_and_have_their_schemas(desk: Desk):
    specs = Toolbox(desk.registry()).specs()
    assert [spec.name for spec in specs] == sorted(spec.name for spec in specs)
    (look,) = [spec for spec in specs if spec.name == "worker_look"]
    assert look.input["required"] == ["do"]


def test_a_session_may_offer_less(desk: Desk):
    registry = desk.registry()
    assert list(Toolbox(registry, only=("worker_look",)).tools) == ["worker_look"]
    assert list(Toolbox(registry, plugins=("worker",)).tools) == ["worker_change", "worker_look"]
    assert Toolbox(registry, bare=True).tools == {}
    missing = Toolbox(registry, only=("no_such",), plugins=("nope",))
    assert missing.problems == ["no tool `no_such` is installed", "no plugin `nope` is installed"]


def test_a_tool_is_found_or_it_is_said_why_not(desk: Desk):
    toolbox = Toolbox(desk.registry(), only=("worker_look",))
    assert toolbox.find("worker_look").plugin == "worker"
    with pytest.raises(MethodNotFound, match="is not offered in this session"):
        toolbox.find("worker_change")
    with pytest.raises(MethodNotFound, match="did you mean"):
        toolbox.find("worker_lok")


def test_a_name_that_two_plugins_have_is_offered_by_neither(desk: Desk):
    desk.add_tools("other")
    manifest = desk.site / "other" / "pegboard.toml"
    manifest.write_text(manifest.read_text().replace("other_look", "worker_look"))
    toolbox = Toolbox(desk.registry())
    assert "worker_look" not in toolbox.tools
    with pytest.raises(NameTaken, match="`other` and `worker`"):
        toolbox.find("worker_look")


@pytest.mark.parametrize(
    ("text", "said"), [(None, "cannot be read"), ("[1]", "not a JSON object"), ("{", "not a JSON")]
)
def test_a_tool_without_a_schema_that_can_be_read_is_left_out_and_named(desk: Desk, text: str | None, said: str):
    schema = desk.site / "worker" / "told.json"
    schema.unlink()
    if text is not None:
        schema.write_text(text)
    toolbox = Toolbox(desk.registry())
    assert "worker_look" not in toolbox.tools
    assert len([problem for problem in toolbox.problems if said in problem and "worker" in problem]) == 2


def test_no_schema_means_no_arguments(desk: Desk):
    manifest = desk.site / "worker" / "pegboard.toml"
    manifest.write_text(manifest.read_text().replace('input = "told.json"', ""))
    assert Toolbox(desk.registry()).tools["worker_look"].schema == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
