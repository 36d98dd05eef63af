"""What is told of a process's end, and what a plugin may say of itself. The process itself: see the chaos tests."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from pegboard.ending import alone, explain
from pegboard.errors import SpawnerDied
from pegboard.greeting import check_changed, check_ready
from pegboard.routing import MOST_LATE, Route, Routes
from pegboard_sdk.errors import ManifestMismatch, PluginDown, error_types
from pegboard_sdk.wire.manifest import Dynamic, HookEntry, Manifest
from pegboard_sdk.wire.messages import Changed, Limits, Ready

SHA = b"s" * 32
MANIFEST = Manifest(schema=1, id="one", version="1", hook=[HookEntry(name="prompt")], dynamic=Dynamic(tools="mcp_*"))


def ready(**changes) -> Ready:
    fields = {"plugin": "one", "release": "1", "manifest_sha256": SHA, "limits": Limits(), **changes}
    return Ready(id=0, version=1, proof=b"", **fields)


def test_an_end_is_told_with_cause_status_and_last_words():
    assert explain("one", None, -11, "boom") == "plugin `one`: ended by SIGSEGV; its last words: boom"
    assert explain("one", PluginDown("text on the channel"), None, "") == "plugin `one`: text on the channel"
    assert explain("one", PluginDown("a fault"), 3, "") == "plugin `one`: a fault; exited with status 3"


def test_a_plugin_may_implement_less_than_its_manifest_declares_but_not_more():
    check_ready(ready(), MANIFEST, SHA)
    check_ready(ready(hooks=["prompt"]), MANIFEST, SHA)
    with pytest.raises(ManifestMismatch, match="context"):
        check_ready(ready(hooks=["prompt", "context"]), MANIFEST, SHA)


@given(st.lists(st.text("abcm_p", max_size=8), max_size=4))
def test_a_dynamic_list_stays_within_its_pattern(names: list[str]):
    changed = Changed(0, "tools", names)
    if all(name.startswith("mcp_") for name in names):
        check_changed(changed, MANIFEST)
    else:
        with pytest.raises(ManifestMismatch):
            check_changed(changed, MANIFEST)
    with pytest.raises(ManifestMismatch):
        check_changed(Changed(0, "models", names), MANIFEST)


def test_the_spawners_death_comes_before_all_else_in_a_group():
    died, other = SpawnerDied("gone"), KeyError("x")
    assert alone(BaseExceptionGroup("g", [other, ExceptionGroup("h", [died])])) is died
    assert alone(ExceptionGroup("g", [ExceptionGroup("h", [other])])) is other
    both = ExceptionGroup("g", [other, ValueError()])
    assert alone(both) is both


def test_no_plugin_can_send_an_error_that_only_the_kernel_raises():
    assert not any(issubclass(kind, SpawnerDied) for kind in error_types().values())


async def test_calls_that_were_given_up_are_remembered_up_to_a_bound():
    async def nobody(*_: object) -> None:
        await trio.lowlevel.checkpoint()

    routes = Routes("one", (), nobody)
    for number in range(2, 2 * MOST_LATE + 12, 2):
        route = Route(number)
        routes.enter(route, number)
        routes.expect_late(route)
        routes.leave(route)
    assert not routes.open
    assert len(routes._late) == MOST_LATE
    assert routes.late(2) is None
    assert routes.late(2 * MOST_LATE) == 2 * MOST_LATE
    assert not routes.is_owed(2 * MOST_LATE)
