"""Who watches effects is asked before a call that may change something, says things to people, and holds nothing up."""

from typing import Any

import pytest
from agent_desk import Desk, calling, saying

from pegboard.gate.verdict import Mode
from pegboard_sdk.wire.records import Failure, ToolResult, ToolUse

WATCHING = """
import json, os
from pegboard_sdk import Plugin
plugin = Plugin("NAME")

def note(*words):
    with open("seen", "a") as file:
        file.write(json.dumps(words) + "\\n")

@plugin.hook
def before_effect(session, prompt, use):
    if use.arguments.get("arg") == "die":
        os.kill(os.getpid(), 9)
    note("before", prompt, use.call, bool(session))
    return f"about {use.call}"

@plugin.hook
def after_effect(prompt, use, result):
    note("after", prompt, use.call, result.outcome.value)
    return f"it was {use.call}"
"""


def change(arg: str) -> tuple[str, dict[str, Any]]:
    return "worker_change", {"do": "echo", "arg": arg}


def watched(desk: Desk) -> Desk:
    desk.add_hooks("watcher", WATCHING, ("before_effect", "observer"), ("after_effect", "observer"))
    return desk


def seen(desk: Desk) -> list[str]:
    return (desk.places.data / "private" / "watcher" / "seen").read_text().splitlines()


async def test_calls_that_may_change_something_are_announced_before_and_after(desk: Desk):
    watched(desk).script(calling(("worker_look", {"do": "echo"})), calling(change("a")), saying("done"))
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        await agent.prompt("go")
        await agent.prompt("and again")
    assert seen(desk) == [
        '["before", 1, "c1-0", true]',
        '["after", 1, "c1-0", "ok"]',
    ]
    kinds = [type(record) for record in person.records if isinstance(record, Failure | ToolUse | ToolResult)]
    assert kinds == [ToolUse, ToolResult, Failure, ToolUse, ToolResult], "what is said comes before the intent"
    (said,) = person.of(Failure)
    assert (said.code, said.message) == ("NOTE", "watcher: about c1-0")
    assert person.of(ToolResult)[1].shown == "watcher: it was c1-0"
    assert "it was" not in str(desk.entries(2)[-1].get("parts")), "the model reads none of it"


async def test_one_that_dies_is_told_of_once_and_blocks_nothing(desk: Desk):
    steps = [calling(change("die")), calling(change("b")), calling(change("c")), saying("done")]
    watched(desk).script(*steps)
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        await agent.prompt("go")
        assert person.texts() == ["die", "b", "c"]
        (told,) = person.of(Failure)
    assert told.code == "HOOK"
    assert "cannot be undone" in told.message


@pytest.mark.parametrize("resumed", [False, True])
async def test_prompts_are_counted_over_a_session_that_goes_on(desk: Desk, resumed: bool):
    watched(desk).script(calling(change("a")), saying("done"), calling(change("b")), saying("done"))
    async with desk.agent(mode=Mode.FULL) as (agent, _):
        await agent.prompt("one")
        if not resumed:
            await agent.prompt("two")
        name = agent.session.id
    if resumed:
        async with desk.agent(mode=Mode.FULL, resume=name) as (agent, _):
            await agent.prompt("two")
    assert [line.split(", ")[1] for line in seen(desk)] == ["1", "1", "2", "2"]
