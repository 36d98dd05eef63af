"""Names to owners, and what happens when two want the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pegboard.errors import NameTaken
from pegboard.found import Found, Origin
from pegboard.registry import Registry
from pegboard_sdk.errors import MethodNotFound, StartFailed
from pegboard_sdk.wire.manifest import (
    CommandEntry,
    HookEntry,
    Manifest,
    ModelEntry,
    ToolEffect,
    ToolEntry,
)


def tool(name: str) -> ToolEntry:
    return ToolEntry(name=name, description="", effects=[ToolEffect.READ])


def found(plugin: str, **parts) -> Found:
    manifest = Manifest(schema=1, id=plugin, version="1", **parts)
    return Found(id=plugin, origin=Origin.OWN, source=plugin, manifest=manifest)


def test_each_name_has_its_owner():
    registry = Registry(
        [
            found("files", tool=[tool("read_file")]),
            found("openai", model=[ModelEntry(name="openai")], command=[CommandEntry(name="login")]),
        ]
    )
    assert registry.tools.find("read_file").plugin == "files"
    assert registry.models.find("openai").plugin == "openai"
    assert registry.commands.find("login").plugin == "openai"
    assert registry.problems() == ()


def test_a_name_that_two_offer_belongs_to_neither_and_both_are_named():
    registry = Registry([found("one", tool=[tool("grep"), tool("glob")]), found("two", tool=[tool("grep")])])
    with pytest.raises(NameTaken, match="`one` and `two`"):
        registry.tools.find("grep")
    assert list(registry.tools.available) == ["glob"]
    assert "tool `grep` is offered by `one` and `two`" in registry.problems()[0]


def test_an_unknown_name_gets_a_suggestion():
    registry = Registry([found("files", tool=[tool("read_file")])])
    with pytest.raises(MethodNotFound, match="did you mean read_file"):
        registry.tools.find("read_fil")


def test_a_plugin_with_a_problem_offers_nothing_and_says_why():
    registry = Registry([Found(id="bad", origin=Origin.OWN, source="x", problem="no manifest")])
    with pytest.raises(StartFailed, match="no manifest"):
        registry.found("bad")
    with pytest.raises(MethodNotFound, match="no plugin `none`"):
        registry.found("none")
    assert registry.problems() == ("bad: no manifest",)


def test_hooks_run_by_order_and_then_by_name():
    registry = Registry(
        [
            found("b", hook=[HookEntry(name="prompt")]),
            found("c", hook=[HookEntry(name="prompt", order=-1)]),
            found("a", hook=[HookEntry(name="prompt"), HookEntry(name="no_such")]),
        ]
    )
    assert [offer.plugin for offer in registry.hooks("prompt")] == ["c", "a", "b"]
    assert "no hook `no_such`" in registry.problems()[0]


@given(st.lists(st.sets(st.sampled_from("abcdefgh"), max_size=5), max_size=5))
def test_a_name_is_available_exactly_when_one_plugin_offers_it(offers: list[set[str]]):
    registry = Registry(found(f"p{at}", tool=[tool(name) for name in sorted(names)]) for at, names in enumerate(offers))
    for name in "abcdefgh":
        owners = sum(name in names for names in offers)
        assert (name in registry.tools.available) == (owners == 1)
        assert (name in registry.tools.clashes) == (owners > 1)
