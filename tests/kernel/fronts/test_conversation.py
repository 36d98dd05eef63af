"""A conversation before real front-end processes: shown, asked, prompting, steering, taking back, switching."""

import pytest
import trio
from agent_desk import Desk, Person, calling, saying, until

from pegboard.gate.policy import Policy
from pegboard.gate.verdict import Mode
from pegboard_sdk.errors import InvalidParams, PermissionDenied, PluginDown
from pegboard_sdk.wire.fronting import Prompted, When
from pegboard_sdk.wire.records import Closed, Ending, Message, Role, Switched, ToolResult, ToolUse

CHANGE = ("worker_change", {"do": "echo", "arg": "changed"})
SLOW = ("worker_look", {"do": "wait", "arg": "go"})


def texts(records: list[dict], role: str) -> list[str]:
    messages = [record for record in records if record["type"] == "message" and record["role"] == role]
    return ["".join(part["text"] for part in message["parts"] if part["kind"] == "text") for message in messages]


async def test_a_front_end_prompts_is_asked_and_is_shown_everything(desk: Desk):
    desk.script(calling(CHANGE), saying("all done"))
    desk.add_front("front", ["prompt", "do it"], ["wait", "result"], ["leave"], answers=("yes",))
    async with desk.conversation() as conversation:
        left = await desk.run_front(conversation, "front", "typed")
        assert left.leave
        await conversation.idle()
        assert conversation.closed is not None
        assert conversation.closed.end is Ending.DONE
    happened = desk.happened("front")
    assert happened[0]["first"] == "typed"
    assert any("worker_change" in event.get("asked", "") for event in happened)
    kinds = [record["type"] for record in desk.shown("front")]
    assert kinds.index("question") < kinds.index("answer") < kinds.index("tool_result") < kinds.index("result")
    assert texts(desk.shown("front"), "assistant")[-1] == "all done"
    assert "delta" in kinds


async def test_a_prompt_that_was_acknowledged_is_in_the_journal(desk: Desk):
    desk.script(saying("", hang=True))
    async with desk.conversation() as conversation:
        await conversation.prompt(Prompted(text="remember me"))
        said = [one for one in desk.journal(conversation.agent) if isinstance(one, Message)]
        assert [part.text for part in said[0].parts] == ["remember me"]
        conversation.interrupt()
        await conversation.idle()


async def test_a_prompt_behind_a_result_is_acknowledged_when_it_is_in_the_journal(desk: Desk):
    desk.script(saying("one"), saying("two"))
    async with desk.conversation() as conversation:
        person = Person()
        person.awaited = Closed
        await conversation.attach(person)
        await conversation.prompt(Prompted(text="first"))
        await person.seen.wait()
        assert conversation.busy
        await conversation.prompt(Prompted(text="second"))
        said = [one for one in desk.journal(conversation.agent) if isinstance(one, Message)]
        assert "second" in [getattr(part, "text", "") for one in said for part in one.parts]
        await conversation.idle()


async def test_steering_goes_in_behind_the_turns_results_and_queued_ones_begin_a_run_of_their_own(desk: Desk):
    desk.script(calling(SLOW), saying("heard"), saying("second"))
    async with desk.conversation() as conversation:
        await conversation.prompt(Prompted(text="start"))
        await until(lambda: conversation.status().doing)
        await conversation.prompt(Prompted(text="and then", when=When.QUEUE))
        await conversation.prompt(Prompted(text="look left"))
        await conversation.prompt(Prompted(text="no, never mind"))
        status = conversation.status()
        assert (status.steering, status.queued) == (("look left", "no, never mind"), ("and then",))
        assert status.busy
        assert conversation.take_back() == "no, never mind"
        (desk.folder / "go").touch()
        await conversation.idle()
    roles = [entry.get("role", "result") for entry in desk.entries(1)]
    assert roles == ["user", "assistant", "result", "user"]
    assert len(desk.requests()) == 3
    assert desk.entries(2)[-1]["parts"][0]["text"] == "and then"


async def test_what_is_said_while_the_last_answer_streams_is_answered_in_the_same_run(desk: Desk):
    desk.script(saying("thinking", hang=True))
    async with desk.conversation() as conversation:
        await conversation.prompt(Prompted(text="start"))
        await conversation.prompt(Prompted(text="wait, this too"))
        desk.script(saying("both"))
        assert conversation.status().steering == ("wait, this too",)
        conversation.interrupt()
        await conversation.idle()
        assert conversation.closed is not None
        assert conversation.closed.result == "both"


async def test_an_empty_prompt_is_refused_and_nothing_is_taken_back_where_nothing_waits(desk: Desk):
    async with desk.conversation() as conversation:
        with pytest.raises(InvalidParams):
            await conversation.prompt(Prompted(text="  \n"))
        assert conversation.take_back() == ""
        assert not conversation.interrupt()


async def test_only_a_front_end_that_may_use_them_calls_the_session(desk: Desk):
    desk.script(saying("x"))
    desk.add_front("front", ["prompt", "hello"], uses=("session.interrupt",))
    async with desk.conversation() as conversation:
        with pytest.raises(PermissionDenied, match=r"session\.prompt"):
            await desk.run_front(conversation, "front")


async def test_a_tool_that_is_no_front_end_may_not_prompt(desk: Desk):
    desk.add_tools("sly", uses=("session.prompt",))
    desk.script(calling(("sly_look", {"do": "call", "arg": "session.prompt"})), saying("done"))
    async with desk.conversation() as conversation:
        await conversation.prompt(Prompted(text="go"))
        await conversation.idle()
        said = [one for one in desk.journal(conversation.agent) if isinstance(one, Message) and one.role is Role.USER]
        assert len(said) == 1


async def test_a_question_waits_for_the_next_front_end_when_one_dies(desk: Desk):
    desk.script(calling(CHANGE), saying("done"))
    desk.add_front("first", ["prompt", "do it"], ["wait", "question"], ["die"], answers=("...",))
    desk.add_front("second", ["wait", "result"], answers=("yes",))
    async with desk.conversation() as conversation:
        with conversation.audience.vacant():
            with pytest.raises(PluginDown):
                await desk.run_front(conversation, "first")
            assert (await desk.run_front(conversation, "second")).leave
    assert [record.get("decision", "allow") for record in desk.shown("second", "tool_use")] == ["allow"]


async def test_several_front_ends_see_the_same_and_the_first_answer_counts(desk: Desk):
    desk.script(calling(CHANGE), saying("done"))
    desk.add_front("slow", ["wait", "withdrawn"], ["wait", "result"], ["detach"], answers=("...",))
    desk.add_front("quick", ["wait", "idle"], ["prompt", "do it"], ["wait", "result"], answers=("yes",))
    async with desk.conversation() as conversation, trio.open_nursery() as nursery:
        nursery.start_soon(desk.run_front, conversation, "slow")
        log = desk.folder / "slow.jsonl"  # only who listens already hears that a question is withdrawn
        await until(lambda: log.exists() and '"show"' in log.read_text())
        await desk.run_front(conversation, "quick")
    seen = [[record for record in desk.shown(front) if record["type"] != "delta"] for front in ("slow", "quick")]
    assert seen[0] == seen[1]
    answers = desk.shown("slow", "answer")
    assert [answer["by"] for answer in answers] == ["quick"]


async def test_who_comes_later_is_shown_what_was_before(desk: Desk):
    desk.script(saying("one"), saying("two"))
    desk.add_front("late", ["wait", "replay"], ["wait", "message", 4])
    async with desk.conversation() as conversation:
        for text in ("first", "second"):
            await conversation.prompt(Prompted(text=text))
            await conversation.idle()
        await desk.run_front(conversation, "late")
    shows = [event["show"] for event in desk.happened("late") if "show" in event]
    assert shows[0]["replay"]
    assert texts(shows[0]["records"], "user") == ["first", "second"]
    assert texts(shows[0]["records"], "assistant") == ["one", "two"]


async def test_a_switch_takes_the_front_ends_along(desk: Desk):
    desk.script(saying("one"))
    desk.add_front(
        "front", ["prompt", "first"], ["wait", "result"], ["wait", "anew"], ["prompt", "next"], ["wait", "result", 2]
    )
    async with desk.conversation() as conversation, trio.open_nursery() as nursery:
        before = conversation.agent.session.id
        nursery.start_soon(desk.run_front, conversation, "front")
        await until(lambda: conversation.closed and not conversation.busy)
        await conversation.switch(conversation.start, reason="/new")
        assert conversation.agent.session.id != before
    statuses = [event["show"]["status"] for event in desk.happened("front") if event.get("show", {}).get("status")]
    assert {status["session"] for status in statuses} == {before, conversation.agent.session.id}


async def test_modes_change_within_the_cap_and_are_journaled(desk: Desk):
    desk.script(calling(CHANGE), saying("done"))
    async with desk.conversation() as conversation:
        conversation.set_mode("full")
        await conversation.prompt(Prompted(text="go"))
        await conversation.idle()
        records = desk.journal(conversation.agent)
        assert conversation.status().mode == "full"
        assert Switched(mode="full") in records
        assert [one.decision for one in records if isinstance(one, ToolUse)] == ["allow"]
        with pytest.raises(InvalidParams):
            conversation.set_mode("wild")
        conversation.agent.dispatcher.approval.given = Policy(cap=Mode.EDIT)
        with pytest.raises(PermissionDenied, match="edit"):
            conversation.set_mode("auto")


async def test_an_order_runs_a_command_unasked_and_joins_the_context(desk: Desk):
    desk.script(saying("seen"))
    async with desk.conversation() as conversation:
        await conversation.prompt(Prompted(text="!touch made && echo told"))
        await conversation.prompt(Prompted(text="!!echo secret"))
        await conversation.idle()
        uses = [one for one in desk.journal(conversation.agent) if isinstance(one, ToolUse)]
        results = [one for one in desk.journal(conversation.agent) if isinstance(one, ToolResult)]
        assert {(use.decision, use.answered_by) for use in uses} == {("allow", "user")}
        assert len(results) == 2
        assert (desk.workspace / "made").exists()
        assert len(list(desk.folder.glob("requests.jsonl"))) == 0
        await conversation.prompt(Prompted(text="what did I do?"))
        await conversation.idle()
    sent = str(desk.entries(0))
    assert "told" in sent
    assert "secret" not in sent


async def test_an_order_is_held_by_deny_rules(desk: Desk):
    async with desk.conversation(deny=("bash(touch *)",)) as conversation:
        await conversation.prompt(Prompted(text="!touch made"))
        await conversation.idle()
        assert [one.decision for one in desk.journal(conversation.agent) if isinstance(one, ToolUse)] == ["deny"]
    assert not (desk.workspace / "made").exists()
