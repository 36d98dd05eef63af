"""Questions of one kind that are answered yes again and again are offered as one rule, no wider than what was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from agent_desk import Person

from pegboard.approval import ENOUGH, Approval
from pegboard.cli.conversing.kinds import kind_of
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.remembered import Remembered
from pegboard.journal import Journal
from pegboard.places import Places
from pegboard.session import Session
from pegboard.transcript import Transcript
from pegboard_sdk.wire.manifest import Family, Subject, SubjectKind, ToolEffect, ToolEntry
from pegboard_sdk.wire.records import ToolUse

BASH = ToolEntry(
    name="bash",
    description="",
    effects=[ToolEffect.EXEC],
    family=Family.EXEC,
    subjects=[Subject(param="command", kind=SubjectKind.COMMAND)],
)


@contextmanager
def approval(folder: Path, *answers: str) -> Iterator[tuple[Approval, Person]]:
    for name in ("work", "session"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "session" / "journal.jsonl").unlink(missing_ok=True)
    places = Places(**dict.fromkeys(("config", "data", "state", "cache", "runtime", "managed"), folder / "own"))
    with (
        Journal.create(folder / "session", program="test") as journal,
        Place.open(folder / "work", str(folder), places) as place,
    ):
        held = Session(journal=journal, transcript=Transcript(), workspace=str(folder / "work"), name="")
        person = Person(*answers)
        held.attach(person)
        yield Approval(held, place, Policy(), Remembered(folder / "own", place), kind_of=kind_of), person


async def decided(approval: Approval, command: str) -> str:
    use = ToolUse(call="c", tool="bash", arguments={"command": command}, turn=1)
    with approval.resolve(BASH, use.arguments) as facts:
        return (await approval.decide(use, facts)).decision


@pytest.mark.parametrize(("answer", "lasts"), [("all-session", False), ("all-project", True)])
async def test_after_three_yeses_one_rule_for_the_kind_is_offered_and_holds_as_long_as_was_said(
    tmp_path: Path, answer: str, lasts: bool
) -> None:
    with approval(tmp_path, *["yes"] * ENOUGH, answer) as (held, person):
        for number in range(ENOUGH + 1):
            assert await decided(held, f"mkdir new{number}") == "allow"
        assert [question.wider for question in person.questions] == [""] * ENOUGH + ["bash(mkdir *)"]
        assert not {"all-session", "all-project"} & set(person.questions[0].choices)
        assert person.questions[-1].covers["all-session"].startswith("bash(mkdir *): ")
        assert await decided(held, "mkdir another") == "allow"
        assert len(person.questions) == ENOUGH + 1, "not asked any more"
        assert await decided(held, "rmdir new0") == "deny"
        assert await decided(held, "mkdir ../outside && rm -r new1") == "deny"
    with approval(tmp_path) as (held, person):
        assert (await decided(held, "mkdir third") == "allow") == lasts


async def test_nothing_is_offered_for_other_kinds_or_after_a_no_and_nothing_is_taken_that_was_not_offered(
    tmp_path: Path,
) -> None:
    with approval(tmp_path, "yes", "no", "yes", "all-session", "yes", "yes") as (held, person):
        assert await decided(held, "mkdir a") == "allow"
        assert await decided(held, "mkdir b") == "deny"
        assert await decided(held, "touch c") == "allow"
        assert await decided(held, "mkdir d") == "deny", "an answer that was no choice"
        assert await decided(held, "mkdir e") == "allow"
        assert await decided(held, "git add f") == "allow"
        assert not any(question.wider for question in person.questions)
        assert held.remembered.rules() == ()


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("git add a.py", "bash(git add *)"),
        ("mkdir -p a/b", "bash(mkdir *)"),
        ("mkdir a && mkdir b", ""),
        ("git", ""),
        ("curl https://example.org/x", ""),
        ("git push origin main", ""),
        ("find . -delete", ""),
        ("rm a", ""),
        ("python3 -c 'print(1)'", ""),
        ("rm ../../outside", ""),
        ("unheard-of x", ""),
        ("sudo mkdir a", ""),
        ("bash -c 'mkdir a'", ""),
        ("mkdir $(cat a)", ""),
    ],
)
def test_the_kind_is_the_program_and_its_subcommand(tmp_path: Path, command: str, kind: str) -> None:
    with approval(tmp_path) as (held, _), held.resolve(BASH, {"command": command}) as facts:
        assert kind_of(facts) == kind
