"""What is shown is what is hashed, what is hashed is what runs, and an answer holds for nothing else."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from agent_desk import Desk, Person, calling, saying
from hypothesis import given, settings
from hypothesis import strategies as st

from pegboard.approval import Approval
from pegboard.audit.call import Premises
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.remembered import Remembered
from pegboard.journal import Journal
from pegboard.places import Places
from pegboard.session import Session
from pegboard.transcript import Transcript
from pegboard_sdk.wire.asking import question_lines
from pegboard_sdk.wire.manifest import Access, Family, Subject, SubjectKind, ToolEffect, ToolEntry
from pegboard_sdk.wire.records import Answer, Outcome, Question, ToolResult, ToolUse
from pegboard_sdk.wire.visible import quoted

BASH = ToolEntry(
    name="bash",
    description="",
    effects=[ToolEffect.EXEC],
    family=Family.EXEC,
    subjects=[Subject(param="command", kind=SubjectKind.COMMAND)],
)
WRITE = ToolEntry(
    name="write_file",
    description="",
    effects=[ToolEffect.WRITE],
    family=Family.WRITE,
    subjects=[Subject(param="path", kind=SubjectKind.FILE, access=Access.WRITE)],
)


@contextmanager
def at_hand(folder: Path, *answers: str, premises: Premises | None = None) -> Iterator[tuple[Approval, Person]]:
    workspace, session = folder / "work", folder / "session"
    workspace.mkdir(exist_ok=True)
    session.mkdir(exist_ok=True)
    (session / "journal.jsonl").unlink(missing_ok=True)
    places = Places(**dict.fromkeys(("config", "data", "state", "cache", "runtime", "managed"), folder / "own"))
    with Journal.create(session, program="test") as journal, Place.open(workspace, str(folder), places) as place:
        held = Session(journal=journal, transcript=Transcript(), workspace=str(workspace), name="")
        person = Person(*answers)
        held.attach(person)
        yield Approval(held, place, Policy(), Remembered(folder / "own", place), premises), person


async def asked(approval: Approval, entry: ToolEntry, **arguments: object) -> ToolUse:
    use = ToolUse(call="c", tool=entry.name, arguments=arguments, turn=1)
    with approval.resolve(entry, use.arguments) as facts:
        return await approval.decide(use, facts)


WORDS = st.lists(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12), min_size=1, max_size=5
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=3))
async def test_the_hash_shown_is_the_hash_of_what_runs(
    tmp_path_factory: pytest.TempPathFactory, programs: list[list[str]]
) -> None:
    command = " && ".join(shlex.join(["touch", *words]) for words in programs)
    with at_hand(tmp_path_factory.mktemp("hash"), "yes") as (approval, person):
        use = await asked(approval, BASH, command=command)
        with approval.resolve(BASH, {"command": command}) as facts:
            again = approval.sha256(use, facts.plans, {})
        if not person.questions:
            assert use.decision == "deny", "what nobody was asked about did not pass"
            return
        (question,) = person.questions
        assert use.sha256 == question.sha256 == again
        if question.programs:
            assert use.argv == tuple(program.argv for program in question.programs)
            assert [list(argv) for argv in use.argv] == [["touch", *words] for words in programs]
            lines = question_lines(question)
            assert [line for line in lines if line.startswith("  │ ")] == [
                f"  │ {quoted(word)}" for argv in use.argv for word in argv
            ]
        else:
            assert question.script == command


async def test_whatever_the_call_is_made_of_changes_its_hash(tmp_path: Path) -> None:
    hashes = set()
    one = Premises(environment=("HOME",))
    for premises, command in ((None, "touch a"), (one, "touch a"), (None, "touch b"), (None, "touch  a; touch a")):
        with at_hand(tmp_path, premises=premises) as (approval, _):
            hashes.add((await asked(approval, BASH, command=command)).sha256)
    (tmp_path / "work" / "f").write_text("x")
    with at_hand(tmp_path) as (approval, _):
        for _ in range(2):
            hashes.add((await asked(approval, WRITE, path="f", content="y")).sha256)
        (tmp_path / "work" / "f").replace(tmp_path / "work" / "g")
        (tmp_path / "work" / "f").write_text("x")
        hashes.add((await asked(approval, WRITE, path="f", content="y")).sha256)
    assert len(hashes) == 6


async def test_an_answer_without_the_hash_of_the_question_is_a_no(tmp_path: Path) -> None:
    class Careless(Person):
        async def ask(self, question: Question) -> Answer | None:
            return Answer(question=question.question, answer="yes", by="careless", sha256="0" * 64)

    with at_hand(tmp_path) as (approval, _):
        approval._session.attach(Careless())
        use = await asked(approval, BASH, command="touch a")
        assert (use.decision, use.answered_by) == ("deny", "careless")
        assert "does not carry the hash" in use.reason


async def test_an_edit_is_asked_about_with_its_diff_from_the_judged_file(tmp_path: Path) -> None:
    with at_hand(tmp_path, "yes", "yes", "yes") as (approval, person):
        (tmp_path / "work" / "f").write_text("old\n")
        assert (await asked(approval, WRITE, path="f", content="new\n")).decision == "allow"
        (tmp_path / "work" / "b").write_bytes(b"\x00\xff")
        await asked(approval, WRITE, path="b", content="text\n")
        (tmp_path / "work" / "h").write_bytes(b"x\n" * (1 << 20))
        await asked(approval, WRITE, path="h", content="text\n")
    plain, binary, huge = person.questions
    assert plain.diff == "--- f\n+++ f\n@@ -1 +1 @@\n-old\n+new\n"
    assert plain.arguments == {"path": "f"}
    assert binary.diff.startswith("[the file there is binary or not UTF-8, 2 bytes]\n")
    assert huge.diff.startswith("[the file there has 2097152 bytes: too large to compare]\n")
    assert "+text" in huge.text


async def test_a_file_that_changes_while_the_question_is_open_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "work" / "f"

    class Racing(Person):
        async def ask(self, question: Question) -> Answer | None:
            file.write_text("other\n")
            return await super().ask(question)

    with at_hand(tmp_path) as (approval, _):
        file.write_text("old\n")
        approval._session.attach(Racing("yes"))
        use = await asked(approval, WRITE, path="f", content="new\n")
        assert use.decision == "deny"
        assert "changed while the question was open" in use.reason


async def test_a_call_that_is_not_the_judged_one_any_more_does_not_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.script(calling(("worker_change", {"do": "note", "arg": "x"})), saying("done"))
    async with desk.agent("yes") as (agent, person):
        judged = Approval.decide

        async def swapped(self: Approval, use: ToolUse, facts: object) -> ToolUse:
            decided = await judged(self, use, facts)  # type: ignore[arg-type]
            decided.arguments["arg"] = "y"
            return decided

        monkeypatch.setattr(Approval, "decide", swapped)
        await agent.prompt("go")
        (result,) = person.of(ToolResult)
        assert result.outcome is Outcome.DENIED
        assert "not the one that was judged" in person.texts()[0]
        assert [use.decision for use in person.of(ToolUse)] == ["allow", "deny"]
    assert not (desk.folder / "notes").exists()


async def test_the_journal_says_of_each_decision_what_an_auditor_asks(desk: Desk) -> None:
    desk.script(calling(("bash", {"command": "touch a"}), ("bash", {"command": "rm -rf /"})), saying("done"))
    async with desk.agent("yes", deny=("bash(rm *)",)) as (agent, person):
        await agent.prompt("go")
        allowed, denied = (record for record in desk.journal(agent) if isinstance(record, ToolUse))
    assert (allowed.decision, allowed.argv, allowed.answered_by) == ("allow", (("touch", "a"),), "person")
    assert allowed.latency_us > 0
    assert allowed.room is not None
    assert allowed.sha256 == person.questions[0].sha256 != denied.sha256 != ""
    assert (denied.decision, denied.argv, denied.rule) == ("deny", (("rm", "-rf", "/"),), "bash(rm *) [test]")
