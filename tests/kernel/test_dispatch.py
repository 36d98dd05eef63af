"""The one way of a call: schema, hooks, gate, intent on disk, effect, one result."""

import json

import pytest
import trio
from agent_desk import Desk, calling, saying

from pegboard.gate.verdict import Mode
from pegboard_sdk.wire.records import Ending, Outcome, ToolCall, ToolResult, ToolUse


def looking(do: str, arg: str = "") -> tuple[str, dict[str, str]]:
    return "worker_look", {"do": do, "arg": arg}


def changing(do: str, arg: str = "") -> tuple[str, dict[str, str]]:
    return "worker_change", {"do": do, "arg": arg}


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("worker_look", "{not json", "not a JSON object"),
        ("worker_look", "[1]", "not a JSON object"),
        ("worker_look", '{"doo": "echo"}', "did you mean 'do'"),
        ("worker_look", '{"do": 7}', "do:"),
        ("worker_look", "", "do: missing"),
        ("worker_lock", '{"do": "echo"}', "did you mean worker_look"),
        ("nothing_like_it", "{}", "no tool `nothing_like_it`"),
        ("worker_look", '{"do": "\\ud800"}', "not a JSON object"),
    ],
)
async def test_what_is_wrong_with_a_call_is_its_result(desk: Desk, tool: str, arguments: str, said: str):
    async with desk.agent() as (agent, person):
        call = ToolCall(call="c", tool=tool, arguments=arguments)
        (result,) = await agent.dispatcher.run_all([call], turn=1)
        assert result.outcome is Outcome.FAILED
        assert said in person.texts()[0]
        assert person.of(ToolUse) == [], "nothing was about to run"
        assert desk.board_now.status() == ()


async def test_the_intent_is_on_disk_before_the_effect(desk: Desk):
    desk.script(calling(changing("journal")), saying("done"))
    async with desk.agent("yes") as (agent, person):
        await agent.prompt("go")
        on_disk = [json.loads(line) for line in person.texts()[0].splitlines()]
        assert '"tool_use"' in json.dumps(on_disk[-1])
        assert '"c0-0"' in json.dumps(on_disk[-1])
        (use,) = person.of(ToolUse)
        assert (use.plugin, use.decision, use.answered_by) == ("worker", "allow", "person")


async def test_calls_that_read_run_at_once(desk: Desk):
    desk.script(calling(*[looking("meet", "4")] * 4), saying("done"))
    async with desk.agent() as (agent, person):
        await agent.prompt("go")
        assert person.texts() == ["met"] * 4
        order = [type(record) for record in person.records if isinstance(record, ToolUse | ToolResult)]
        assert order == [ToolUse] * 4 + [ToolResult] * 4, "all intents are durable before the first effect"


async def test_calls_that_write_run_one_after_another_in_their_order(desk: Desk):
    desk.script(calling(*[changing("note", letter) for letter in "abc"], looking("echo")), saying("done"))
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        await agent.prompt("go")
        assert (desk.folder / "notes").read_text() == "<aa><bb><cc>"
        assert [result.call for result in person.of(ToolResult)] == ["c0-0", "c0-1", "c0-2", "c0-3"]


async def test_results_reach_the_model_in_the_order_of_the_calls(desk: Desk):
    desk.script(calling(changing("echo", "w"), ("no_such", {}), looking("echo", "r")), saying("done"))
    async with desk.agent() as (agent, _):
        await agent.prompt("go")
    results = [entry for entry in desk.entries(1) if entry["type"] == "tool_result"]
    assert [result["call"] for result in results] == ["c0-0", "c0-1", "c0-2"]
    assert [result["outcome"] for result in results] == ["denied", "failed", "ok"]


HOOK = """
from pegboard_sdk import Plugin
plugin = Plugin("NAME")

@plugin.hook(kind="gate")
def before_tool(use):
    arg = use.arguments.get("arg", "")
    if arg == "secret":
        return type(use)(call=use.call, tool=use.tool, arguments=use.arguments, turn=use.turn, decision="deny",
                         reason="not that")
    if arg == "die":
        import os
        os.kill(os.getpid(), 9)
    if arg == "other":
        return type(use)(call="another", tool="worker_change", arguments={"do": "echo", "arg": "rewritten"}, turn=9)

@plugin.hook
def after_tool(use, result):
    return "noted"
"""


async def test_a_hook_may_refuse_rewrite_and_annotate_and_its_death_means_no(desk: Desk):
    desk.add_hooks("warden", HOOK, ("before_tool", "gate"), ("after_tool", "observer"))
    args = ["plain", "secret", "other", "die"]
    desk.script(*[calling(looking("echo", arg)) for arg in args], saying("done"))
    async with desk.agent() as (agent, person):
        assert (await agent.prompt("go")).end is Ending.DENIED
        plain, secret, other, dead = person.texts()
        assert plain == "plain[warden] noted"
        assert secret == "Denied: not that"
        assert other == "rewritten[warden] noted", "the arguments change, never the tool"
        assert "warden" in dead
        assert {use.tool for use in person.of(ToolUse)} == {"worker_look"}
        assert person.of(ToolResult)[-1].outcome is not Outcome.OK


async def test_what_a_hook_rewrote_has_to_fit_too(desk: Desk):
    code = HOOK.partition("@plugin.hook\n")[0].replace('{"do": "echo", "arg": "rewritten"}', '{"do": 1}')
    desk.add_hooks("warden", code, ("before_tool", "gate"))
    desk.script(calling(looking("echo", "other")), saying("done"))
    async with desk.agent() as (agent, person):
        await agent.prompt("go")
        assert "do not fit" in person.texts()[0]


SLOW = """
import time
from pegboard_sdk import Plugin
plugin = Plugin("NAME")

@plugin.hook
def after_tool(use, result):
    time.sleep(3)
"""


async def test_an_interrupt_while_hooks_look_at_a_result_keeps_the_result(desk: Desk):
    desk.add_hooks("slow", SLOW, ("after_tool", "observer"))
    desk.script(calling(changing("echo", "was done")), saying("done"))
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.prompt, "go")
            while not any(one.instance == "slow" and one.calls for one in desk.board_now.status()):  # noqa: ASYNC110
                await trio.sleep(0.01)
            agent.session.interrupt()
        (result,) = person.of(ToolResult)
        assert (result.outcome, person.texts()) == (Outcome.OK, ["was done"])


async def test_only_what_is_offered_can_be_called(desk: Desk):
    desk.script(calling(("read_file", {"path": "a"})), calling(changing("echo")), saying("done"))
    async with desk.agent(tools=("worker_look",), mode=Mode.FULL) as (agent, person):
        await agent.prompt("go")
        assert ["is not offered in this session" in text for text in person.texts()] == [True, True]
    assert desk.requests()[0]["tools"] == ["worker_look"]
