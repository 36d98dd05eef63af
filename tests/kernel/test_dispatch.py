"""The one way of a call: schema, hooks, gate, intent on disk, effect, one result."""

import json

import pytest
import trio
from agent_desk import Desk, calling, saying

from pegboard.audit.redactor import Identity
from pegboard.gate.verdict import Mode
from pegboard_sdk.wire.records import Delta, Ending, Message, Outcome, Role, ToolCall, ToolResult, ToolUse


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


async def test_two_calls_with_one_id_get_a_result_each_and_the_second_does_not_run(desk: Desk):
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        arguments = ['{"do": "note", "arg": "a"}', '{"do": "note", "arg": "b"}', '{"do": "echo", "arg": "c"}']
        calls = [ToolCall(call="same", tool="worker_change", arguments=text) for text in arguments[:2]]
        calls += [ToolCall(call="other", tool="worker_look", arguments=arguments[2])]
        agent.session.record(Message(role=Role.ASSISTANT, parts=tuple(calls), turn=1))
        first, twin, other = await agent.dispatcher.run_all(calls, turn=1)
        assert [result.outcome for result in (first, twin, other)] == [Outcome.OK, Outcome.FAILED, Outcome.OK]
        assert "has the id 'same' too" in str(twin.parts)
        assert (desk.folder / "notes").read_text() == "<aa>"
        assert [result.call for result in person.of(ToolResult)].count("same") == 2
        assert agent.session.transcript.entries()[1:] == [first, twin, other], "each call has its own"
        assert agent.session.transcript.repairs() == ()


class Cloak(Identity):
    """Knows one secret."""

    def redact(self, text):
        old, new = (b"hunter2", "⟦secret:1⟧".encode()) if isinstance(text, bytes) else ("hunter2", "⟦secret:1⟧")
        return text.replace(old, new)

    def reveal(self, text):
        return text.replace("⟦secret:1⟧", "hunter2")

    def stream(self):
        return Held(self)


class Held:
    def __init__(self, cloak):
        self.cloak, self.data = cloak, b""

    def feed(self, data):
        self.data += data
        return b""

    def close(self):
        return self.cloak.redact(self.data)


@pytest.mark.parametrize("deed", ["echo", "stream", "fail"])
async def test_a_secret_in_a_result_is_hidden_once_for_all(desk: Desk, deed: str):
    desk.script(calling(looking(deed, "key hunter2 here")), saying("done"))
    async with desk.agent() as (agent, person):
        agent.session.redactor = Cloak()
        await agent.prompt("go")
        (result,) = person.of(ToolResult)
        assert "key ⟦secret:1⟧ here" in person.texts()[0]
        assert "hunter2" not in repr([result, *person.of(Delta)])
        on_disk = [one for one in desk.journal(agent) if isinstance(one, ToolResult)]
        assert on_disk == [result]
    assert "hunter2" not in str([entry for entry in desk.entries(1) if entry["type"] == "tool_result"])


EDIT = {"path": "f", "old_str": "key = ⟦secret:1⟧", "new_str": "key = none"}


async def test_a_placeholder_is_the_secret_where_an_edit_looks_for_it_and_nowhere_else(desk: Desk):
    (desk.workspace / "f").write_text("key = hunter2\n")
    calls = [
        ("read_file", {"path": "f"}),
        ("edit_file", EDIT),
        ("edit_file", EDIT | {"old_str": "key", "new_str": "⟦secret:1⟧"}),
        ("write_file", {"path": "g", "content": "⟦secret:1⟧"}),
        ("bash", {"command": "echo ⟦secret:1⟧"}),
        ("multi_edit", {"path": "f", "edits": [{"old_str": "x", "new_str": "⟦secret:1⟧"}]}),
        ("worker_look", {"do": "echo", "arg": "⟦secret:1⟧"}),
    ]
    desk.script(*[calling(call) for call in calls], saying("done"))
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        agent.session.redactor = Cloak()
        await agent.prompt("go")
        outcomes = [result.outcome for result in person.of(ToolResult)]
        assert outcomes == [Outcome.OK, Outcome.OK, *[Outcome.FAILED] * 5]
        assert "`edits` holds ⟦secret:1⟧" in person.texts()[5]
        assert all("stands for a secret that you are not shown" in text for text in person.texts()[2:])
        assert "hunter2" not in (agent.session.journal.folder / "journal.jsonl").read_text()
    assert (desk.workspace / "f").read_text() == "key = none\n"
