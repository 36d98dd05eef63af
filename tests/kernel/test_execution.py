"""A call that may run, and everything that can become of it."""

import os
import signal

import trio
from agent_desk import Desk, calling, saying, text_of

from pegboard.gate.verdict import Mode
from pegboard_sdk.wire.records import Delta, Ending, Outcome, ToolResult


def looking(do: str, arg: str = "") -> tuple[str, dict[str, str]]:
    return "worker_look", {"do": do, "arg": arg}


def changing(do: str, arg: str = "") -> tuple[str, dict[str, str]]:
    return "worker_change", {"do": do, "arg": arg}


async def only(desk: Desk, call: tuple[str, dict[str, str]]) -> ToolResult:
    desk.script(calling(call), saying("done"))
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        assert (await agent.prompt("go")).end is Ending.DONE
        (result,) = person.of(ToolResult)
        return result


async def test_a_call_that_takes_too_long_fails_and_says_how_long_it_had(desk: Desk):
    desk.add_tools("slow", timeout_s=0.3)
    result = await only(desk, ("slow_change", {"do": "hang"}))
    assert result.outcome is Outcome.FAILED
    assert text_of(result).startswith("slow_change did not end within 0.3 s.")
    assert "look before you repeat it" in text_of(result)
    assert result.duration_ms >= 300


async def test_a_plugin_that_dies_leaves_an_outcome_that_nobody_knows(desk: Desk):
    result = await only(desk, changing("die"))
    assert result.outcome is Outcome.UNKNOWN
    assert "`worker`" in text_of(result)
    assert "SIGKILL" in text_of(result)
    assert "look before you repeat it" in text_of(result)
    assert (desk.folder / "deaths").read_text() == "x", "never repeated"


async def test_a_repeatable_tool_is_called_once_more(desk: Desk):
    result = await only(desk, looking("die", "once"))
    assert (result.outcome, text_of(result)) == (Outcome.OK, "alive")
    assert (desk.folder / "deaths").read_text() == "xx"


async def test_and_only_once(desk: Desk):
    result = await only(desk, looking("die"))
    assert result.outcome is Outcome.FAILED
    assert "look before you repeat it" not in text_of(result)
    assert (desk.folder / "deaths").read_text() == "xx"


async def test_a_plugin_killed_from_outside_costs_its_call_and_no_more(desk: Desk):
    desk.script(calling(changing("hang")), calling(changing("echo", "again")), saying("done"))
    async with desk.agent(mode=Mode.FULL) as (agent, person):
        person.awaited = Delta
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.prompt, "go")
            await person.seen.wait()
            os.kill(desk.pid("worker"), signal.SIGKILL)
        first, second = person.of(ToolResult)
        assert (first.outcome, second.outcome) == (Outcome.UNKNOWN, Outcome.OK)
        assert text_of(second) == "again"


async def test_a_tools_own_failure_is_its_word(desk: Desk):
    result = await only(desk, looking("fail", "no such line"))
    assert (result.outcome, text_of(result)) == (Outcome.FAILED, "no such line")


async def test_a_bug_of_the_plugin_is_told_and_the_plugin_lives(desk: Desk):
    desk.script(calling(looking("no such deed")), calling(looking("echo", "x")), saying("done"))
    async with desk.agent() as (agent, person):
        await agent.prompt("go")
        assert "KeyError" in person.texts()[0]
        assert person.texts()[1] == "x"
        assert [one.starts for one in desk.board_now.status() if one.instance == "worker"] == [1]


async def test_big_output_is_shortened_and_the_whole_can_be_read_through_read_file(desk: Desk):
    desk.script(calling(looking("big", "20000")), saying("done"))
    async with desk.agent() as (agent, person):
        await agent.prompt("go")
        (result,) = person.of(ToolResult)
        shown = text_of(result)
        assert result.handle
        assert len(shown) < 40_000
        assert shown.startswith("line 0\n")
        assert shown.endswith("line 19999")
        assert f"read_file path=output:{result.handle[:12]} shows the whole" in shown
        assert "line 10000\n" not in shown
        desk.script(
            calling(("read_file", {"path": f"output:{result.handle[:12]}", "offset": 10_000, "limit": 3})),
            saying("done"),
        )
        await agent.prompt("and the middle?")
        read = person.of(ToolResult)[-1]
        assert read.outcome is Outcome.OK, text_of(read)
        assert "line 10000" in text_of(read)


async def test_what_a_tool_streams_is_shown_as_it_comes_and_is_its_result(desk: Desk):
    desk.script(calling(looking("stream", "grüße 漢")), saying("done"))
    async with desk.agent() as (agent, person):
        await agent.prompt("go")
        shown = [delta for delta in person.of(Delta) if delta.stream == "output"]
        assert "".join(delta.text for delta in shown) == "grüße 漢"
        assert {delta.call for delta in shown} == {"c0-0"}
        assert person.texts()[0].startswith("grüße 漢")
