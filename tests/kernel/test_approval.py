"""A person's yes and no, and for how long it holds."""

import pytest
from agent_desk import Desk, calling, saying

from pegboard_sdk.wire.records import Answer, Ending, Outcome, Question, ToolResult, ToolUse

CHANGE = ("worker_change", {"do": "echo", "arg": "x"})


async def asked_again(desk: Desk, answer: str) -> int:
    """How many questions two equal calls lead to, where only the first is answered."""
    desk.script(calling(CHANGE), calling(CHANGE), saying("done"))
    async with desk.agent(answer) as (agent, person):
        await agent.prompt("go")
        return len(person.questions)


async def test_yes_holds_once(desk: Desk):
    desk.script(calling(CHANGE), calling(CHANGE), saying("done"))
    async with desk.agent("yes", "no") as (agent, person):
        assert (await agent.prompt("go")).end is Ending.DENIED
        assert len(person.questions) == 2
        assert [use.answered_by for use in person.of(ToolUse)] == ["person", "person"]
        assert [result.outcome for result in person.of(ToolResult)] == [Outcome.OK, Outcome.DENIED]
        assert person.texts()[1] == "Denied: the user said no"
        assert [type(record) for record in desk.journal(agent)].count(Question) == 2
        assert [type(record) for record in desk.journal(agent)].count(Answer) == 2


@pytest.mark.parametrize(
    ("answer", "same_session", "next_session", "other_folder"),
    [("session", 1, 1, 1), ("project", 1, 0, 1), ("user", 1, 0, 0)],
)
async def test_an_answer_for_longer_covers_what_it_says_and_no_more(
    desk: Desk, answer: str, same_session: int, next_session: int, other_folder: int
):
    assert await asked_again(desk, answer) == same_session
    assert min(await asked_again(desk, "no"), 1) == next_session
    desk.workspace = desk.folder / "elsewhere"
    desk.workspace.mkdir()
    assert min(await asked_again(desk, "no"), 1) == other_folder


async def test_nobody_to_ask_means_no_and_names_the_rule(desk: Desk):
    desk.script(calling(CHANGE), saying("done"))
    async with desk.agent() as (agent, person):
        closed = await agent.prompt("go")
        assert closed.end is Ending.DENIED
        assert "nobody to ask; --allow 'worker_change' would allow it" in person.texts()[0]
        assert "nobody to ask" in closed.denials[0]
    async with desk.agent(allow=("worker_change",)) as (agent, person):
        desk.script(calling(CHANGE), saying("done"))
        assert (await agent.prompt("go")).end is Ending.DONE


async def test_words_instead_of_an_answer_are_a_no_that_the_model_reads(desk: Desk):
    desk.script(calling(CHANGE), saying("done"))
    async with desk.agent("use the other file") as (agent, person):
        await agent.prompt("go")
        assert person.texts() == ["Denied: the user said no: use the other file"]


async def test_deny_beats_allow_and_is_not_asked(desk: Desk):
    desk.script(calling(CHANGE), saying("done"))
    async with desk.agent("yes", allow=("worker_change",), deny=("worker_change",)) as (agent, person):
        await agent.prompt("go")
        assert person.questions == []
        assert person.texts()[0].startswith("Denied: ")


async def test_a_question_shows_every_argument_and_hides_nothing(desk: Desk):
    desk.script(calling(("bash", {"command": "touch 'a  b' ' c' 'x\ty'"})), saying("done"))
    async with desk.agent() as (agent, person):
        await agent.prompt("go")
        (question,) = person.questions
        lines = question.text.splitlines()
        assert "runs 1 program, 4 arguments, 14 bytes:" in lines
        assert lines[2:6] == ["  │ touch", "  │ a  b", "  │ ' c'", r"  │ x\ty"]
        assert [program.argv for program in question.programs] == [("touch", "a  b", " c", "x\ty")]
        assert "room: with all your rights: every file of yours, and the network" in lines
        assert question.call == "c0-0"


async def test_one_answer_covers_the_calls_behind_it_in_the_same_message(desk: Desk):
    desk.script(calling(CHANGE, CHANGE, CHANGE), saying("done"))
    async with desk.agent("session") as (agent, person):
        assert (await agent.prompt("go")).end is Ending.DONE
        assert len(person.questions) == 1
