"""Opening sessions: new, resumed, forked and ephemeral ones, and what is refused before anything is written."""

import msgspec
import pytest
from agent_desk import Desk, calling, saying

from pegboard.journal import SessionBusy
from pegboard.kernel import Kernel, Start
from pegboard.models.providers import Target
from pegboard_sdk.errors import NotFound, StartFailed
from pegboard_sdk.wire.records import Ending, Failure, Init, Message, Outcome, ToolResult

LOOK = ("worker_look", {"do": "echo", "arg": "x"})


async def test_a_session_goes_on_where_it_was_left(desk: Desk):
    desk.script(calling(LOOK), saying("one"), saying("two"))
    async with desk.agent() as (agent, person):
        await agent.prompt("first")
        name = agent.session.id
        (init,) = person.of(Init)
        assert (init.resumed, init.session, init.mode) == (False, name, "ask")
        assert "worker_look" in init.tools
    async with desk.agent(resume=name[:-2]) as (agent, person):
        assert agent.session.id == name
        assert person.of(Init)[0].resumed
        assert (await agent.prompt("second")).result == "two"
    assert [entry["type"] for entry in desk.entries(2)] == ["message", "message", "tool_result", "message", "message"]


async def test_a_fork_is_another_session_with_the_same_past(desk: Desk):
    desk.script(saying("one"), saying("two"), saying("three"))
    async with desk.agent() as (agent, _):
        await agent.prompt("first")
        name = agent.session.id
    async with desk.agent(resume=name, fork=True) as (agent, _):
        assert agent.session.id != name
        await agent.prompt("second")
    assert len(desk.entries(1)) == 3
    async with desk.agent(resume=name) as (agent, _):
        await agent.prompt("third")
    assert len(desk.entries(2)) == 3, "the fork left the first alone"


async def test_an_ephemeral_session_leaves_nothing(desk: Desk):
    desk.script(saying("one"))
    async with desk.agent(ephemeral=True) as (agent, _):
        await agent.prompt("first")
        folder = agent.session.journal.folder
        assert folder.exists()
    assert not folder.exists()
    assert not (desk.places.state / "sessions").exists()


async def test_a_session_that_is_held_names_its_holder(desk: Desk):
    async with desk.agent() as (agent, _):
        start = Start(
            workspace=desk.workspace,
            target=Target(plugin="stepping", model="one", name="stepping/one"),
            policy=agent.dispatcher.approval.policy,
            resume=agent.session.id,
        )
        with pytest.raises(SessionBusy, match=r"is in use by"):
            await Kernel(desk.places, desk.registry(), desk.board_now).open(start)


async def test_calls_that_were_open_at_a_death_get_a_result_on_resume(desk: Desk):
    desk.script(calling(LOOK), saying("on"))
    async with desk.agent() as (agent, _):
        call = {"kind": "tool_call", "call": "lost", "tool": "worker_change", "arguments": "{}"}
        message = msgspec.convert({"type": "message", "role": "assistant", "parts": [call]}, Message)
        agent.session.record(message)
        name = agent.session.id
    async with desk.agent(resume=name) as (agent, _):
        (repaired,) = [record for record in desk.journal(agent) if isinstance(record, ToolResult)]
        assert (repaired.call, repaired.outcome) == ("lost", Outcome.CANCELLED)
        assert (await agent.prompt("on")).end is Ending.DONE


@pytest.mark.parametrize(
    ("target", "error", "said"),
    [
        ("nobody", NotFound, r"no provider `nobody` for the model nobody/x; installed: .*stepping"),
        ("worker", NotFound, r"no provider `worker`"),
        ("broken", StartFailed, r"broken"),
    ],
)
async def test_a_model_that_nobody_provides_is_refused_before_a_session_exists(
    desk: Desk, target: str, error, said: str
):
    desk.add("broken")
    (desk.site / "broken" / "pegboard.toml").write_text("schema = [")
    with pytest.raises(error, match=said):
        async with desk.agent(target=Target(plugin=target, model="x", name=f"{target}/x")):
            raise AssertionError
    assert not (desk.places.state / "sessions").exists()


async def test_what_is_missing_is_said_when_somebody_is_there_to_hear_it(desk: Desk):
    async with desk.agent(tools=("worker_look", "no_such"), plugins=("worker", "nope")) as (_, person):
        assert [failure.message for failure in person.of(Failure)] == [
            "no tool `no_such` is installed",
            "no plugin `nope` is installed",
        ]
        assert list(person.of(Init)[0].tools) == ["worker_look"]


CONTEXT = """
from pegboard_sdk import Plugin
plugin = Plugin("NAME")

@plugin.hook
def context(session, workspace):
    return f"NAME knows {workspace}"

@plugin.hook
def prompt(session, message):
    part = message.parts[0]
    return type(message)(role=message.role, parts=(type(part)(text=part.text.upper()),))
"""


async def test_hooks_add_to_the_system_prompt_and_may_change_the_users_message(desk: Desk):
    desk.add_hooks("wise", CONTEXT, ("context", "observer"), ("prompt", "gate"))
    desk.script(saying("done"))
    async with desk.agent() as (agent, _):
        await agent.prompt("please")
    (request,) = desk.requests()
    assert request["system"].endswith(f"wise knows {desk.workspace}")
    assert desk.entries(0)[0]["parts"][0]["text"] == "PLEASE"
