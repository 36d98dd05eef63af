"""Instructions of subfolders that nobody decided on: a person is asked once, and what they say holds."""

from pathlib import Path

import pytest
from agent_desk import Desk, text_of

from pegboard.cli.context.consent import Consent
from pegboard.cli.context.nested import Nested, folders_of
from pegboard.policy import Trust
from pegboard.policy.schema import TrustDemand
from pegboard_sdk.wire.records import Failure, Outcome, Question, Text, ToolResult

RESULT = ToolResult(call="1", tool="read_file", outcome=Outcome.OK, parts=(Text(text="x = 1"),))
PATHS = ("src/a.py", "src/b.py")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def put(desk: Desk) -> None:
    (desk.workspace / "src").mkdir()
    (desk.workspace / "src/AGENTS.md").write_text("Be blue.")


@pytest.mark.parametrize(("said", "heard", "kept"), [("yes", 1, 1), ("once", 1, 0), ("no", 0, 0)])
async def test_a_person_is_asked_once(desk: Desk, said: str, heard: int, kept: int) -> None:
    put(desk)
    trust = Trust(desk.folder / "trusted")
    nested = Nested(desk.workspace, trust, Consent.ASK)
    async with desk.agent(said) as (agent, person):
        for _ in range(3):
            result = await nested(agent.session, RESULT, PATHS)
            heard -= "Be blue." in text_of(result)
        (question,) = person.questions
        assert question.text.splitlines()[1] == "  new: src/AGENTS.md"
        assert [record.question for record in person.of(Question)] == [question.question]
    assert heard == 0
    assert len(list(trust.records())) == kept


async def test_nobody_to_ask_means_no_in_one_line(desk: Desk) -> None:
    put(desk)
    nested = Nested(desk.workspace, Trust(desk.folder / "trusted"), Consent.ASK)
    async with desk.agent() as (agent, person):
        for _ in range(2):
            assert await nested(agent.session, RESULT, PATHS) == RESULT
        (note,) = person.of(Failure)
        assert "src/AGENTS.md is not trusted as it is now, so it is ignored" in note.message


async def test_where_policy_forbids_trust_nobody_is_asked(desk: Desk) -> None:
    put(desk)
    trust = Trust(desk.folder / "trusted", TrustDemand(never=True))
    nested = Nested(desk.workspace, trust, Consent.ASK)
    async with desk.agent("yes") as (agent, person):
        assert await nested(agent.session, RESULT, PATHS) == RESULT
        assert person.questions == []
        assert "managed policy trusts no folder" in person.of(Failure)[0].message


async def test_a_folder_that_nobody_trusts_stays_silent(desk: Desk) -> None:
    put(desk)
    nested = Nested(desk.workspace, Trust(desk.folder / "trusted"), Consent.NEVER)
    async with desk.agent("yes") as (agent, person):
        assert await nested(agent.session, RESULT, PATHS) == RESULT
        assert (person.questions, person.of(Failure)) == ([], [])


def test_only_folders_of_the_workspace_speak() -> None:
    assert folders_of(["a/b/x.py", "a/y.py", "z.py", "/etc/passwd", "output:1/2", "node_modules/x/y.js"]) == [
        "a",
        "a/b",
    ]
