"""A run from a message to its end: limits, circles, denials, failures and interrupts, over real plugins."""

import pytest
import trio
from agent_desk import Desk, calling, saying

from pegboard.session import Limits
from pegboard.turn import SAME_CALL_LIMIT
from pegboard_sdk.wire.records import Closed, Delta, Ending, Failure, Message, Outcome, Role, ToolResult, ToolUse


def looking(do: str, arg: str = "") -> tuple[str, dict[str, str]]:
    return "worker_look", {"do": do, "arg": arg}


async def test_the_model_is_asked_until_it_wants_nothing(desk: Desk):
    desk.script(calling(looking("echo", "one")), calling(looking("echo", "two")), saying("done"))
    async with desk.agent() as (agent, person):
        closed = await agent.prompt("go")
        assert (closed.end, closed.turns, closed.result) == (Ending.DONE, 3, "done")
        assert closed.usage.input == 300
        assert person.texts() == ["one", "two"]
        assert agent.failure is None
        assert desk.journal(agent)[-1] == closed


async def test_a_second_message_goes_on_in_the_same_conversation(desk: Desk):
    desk.script(saying("one"), saying("two"))
    async with desk.agent() as (agent, _):
        await agent.prompt("first")
        assert (await agent.prompt("second")).result == "two"
    assert [entry.get("role") for entry in desk.entries(1)] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    ("limits", "end", "turns"),
    [
        (Limits(turns=3), Ending.LIMIT_TURNS, 3),
        (Limits(tokens=200), Ending.LIMIT_BUDGET, 2),
        (Limits(budget=0.9), Ending.LIMIT_BUDGET, 2),
        (Limits(seconds=0.001), Ending.LIMIT_BUDGET, 1),
    ],
)
async def test_a_limit_ends_the_run_after_a_whole_turn(desk: Desk, limits: Limits, end: Ending, turns: int):
    desk.script(calling(looking("echo", "{n}"), cost=0.5))
    async with desk.agent(limits=limits) as (agent, person):
        closed = await agent.prompt("for ever")
        assert (closed.end, closed.turns) == (end, turns)
        assert len(person.of(ToolResult)) == turns
        assert "the limit that was set" in person.of(Failure)[-1].message


async def test_a_model_that_goes_in_circles_is_stopped(desk: Desk):
    desk.script(calling(looking("echo", "again")))
    async with desk.agent() as (agent, person):
        closed = await agent.prompt("go")
        assert (closed.end, closed.turns) == (Ending.ERROR, SAME_CALL_LIMIT)
        assert "worker_look was called" in person.of(Failure)[-1].message


async def test_the_same_call_with_another_result_is_no_circle(desk: Desk):
    desk.script(*[calling(looking("echo", f"{n % 2}")) for n in range(2 * SAME_CALL_LIMIT)], saying("done"))
    async with desk.agent() as (agent, _):
        assert (await agent.prompt("go")).end is Ending.DONE


CHANGE = ("worker_change", {"do": "echo", "arg": "x"})


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ([calling(CHANGE)], Ending.DENIED),
        ([calling(CHANGE), calling(looking("echo"))], Ending.DONE),
        ([calling(CHANGE), calling(looking("fail", "no"))], Ending.DENIED),
        ([calling(CHANGE, looking("echo"))], Ending.DONE),
        ([calling(looking("fail", "no"))], Ending.DONE),
    ],
    ids=["denied", "denied, then success", "denied, then failure", "success beside it", "failure alone"],
)
async def test_a_run_that_ends_on_a_denial_says_so(desk: Desk, steps: list, end: Ending):
    desk.script(*steps, saying("I stop."))
    async with desk.agent() as (agent, _):
        closed = await agent.prompt("go")
        assert (closed.end, closed.result) == (end, "I stop.")
        assert bool(closed.denials) == (steps[0]["calls"][0][0] == "worker_change")


async def test_a_providers_error_ends_the_run_and_is_kept(desk: Desk):
    desk.script({"deltas": ["half an "], "error": "the server is on fire"}, saying("better"))
    async with desk.agent() as (agent, person):
        closed = await agent.prompt("go")
        assert closed.end is Ending.ERROR
        assert agent.failure is not None
        assert "on fire" in person.of(Failure)[-1].message
        assert (await agent.prompt("again")).result == "better"
        assert agent.failure is None
        shown = [delta.text for delta in person.of(Delta)][:-1]
    spoken = [entry["parts"][0]["text"] for entry in desk.entries(1)]
    assert spoken == ["go", *shown, "again"], "what was shown is in the transcript, and nothing else"


@pytest.mark.parametrize("finish", ["length", "filtered"])
async def test_a_message_that_was_cut_runs_nothing_and_leaves_no_call_open(desk: Desk, finish: str):
    desk.script(calling(looking("echo"), CHANGE, finish=finish), saying("on"))
    async with desk.agent() as (agent, person):
        assert (await agent.prompt("go")).end is Ending.ERROR
        assert person.of(ToolUse) == []
        assert [result.outcome for result in person.of(ToolResult)] == [Outcome.CANCELLED] * 2
        assert (await agent.prompt("on")).end is Ending.DONE
    assert [entry["type"] for entry in desk.entries(1)] == [
        "message",
        "message",
        "tool_result",
        "tool_result",
        "message",
    ]


async def interrupted(agent, person, awaited: type) -> Closed:
    person.awaited = awaited
    found: list[Closed] = []
    async with trio.open_nursery() as nursery:

        async def run() -> None:
            found.append(await agent.prompt("go"))

        nursery.start_soon(run)
        await person.seen.wait()
        assert agent.session.interrupt()
    return found[0]


async def test_an_interrupt_while_the_model_speaks_keeps_what_it_said(desk: Desk):
    desk.script(saying("I was about to", hang=True), saying("and on"))
    async with desk.agent() as (agent, person):
        closed = await interrupted(agent, person, Delta)
        assert closed.end is Ending.INTERRUPTED
        said = [message for message in person.of(Message) if message.role is Role.ASSISTANT]
        assert said[-1].parts[0].text == "I was about to"
        assert not agent.session.interrupt(), "nothing runs any more"
        assert (await agent.prompt("on")).result == "and on"


async def test_an_interrupt_while_tools_run_leaves_exactly_one_result_for_each_call(desk: Desk):
    desk.script(calling(looking("hang"), looking("hang"), CHANGE, looking("echo")), saying("and on"))
    async with desk.agent("yes") as (agent, person):
        closed = await interrupted(agent, person, Delta)
        assert closed.end is Ending.INTERRUPTED
        results = person.of(ToolResult)
        assert sorted(result.call for result in results) == ["c0-0", "c0-1", "c0-2", "c0-3"]
        assert {result.outcome for result in results} == {Outcome.CANCELLED}
        assert (await agent.prompt("on")).result == "and on"
        assert len(person.of(ToolResult)) == 4
