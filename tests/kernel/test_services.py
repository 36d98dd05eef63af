"""What plugins may ask of the kernel: judged as the session's that they serve, and by the manifest's list alone."""

import pytest
import trio
from agent_desk import Desk, Person, calling, saying
from msgspec import Raw

from pegboard.gate.verdict import Mode
from pegboard.services import MOST_BYTES, Services
from pegboard_sdk.errors import PermissionDenied
from pegboard_sdk.posix import replace_file
from pegboard_sdk.wire.records import Answer, Outcome, Question, ToolResult, ToolUse


def looking(do: str, arg: str = "") -> tuple[str, dict[str, str]]:
    return "worker_look", {"do": do, "arg": arg}


async def said(desk: Desk, call, *answers: str, **start):
    desk.script(calling(call), saying("done"))
    async with desk.agent(*answers, **start) as (agent, person):
        await agent.prompt("go")
        return person


async def test_a_plugin_asks_the_person(desk: Desk):
    person = await said(desk, looking("ask", "Which one?"), "blue")
    assert person.texts() == ["blue"]
    (question,) = person.of(Question)
    assert (question.text, question.choices, question.call) == ("Which one?", ("red", "blue"), "c0-0")


async def test_with_nobody_there_a_default_is_taken_and_else_it_is_refused(desk: Desk):
    person = await said(desk, looking("ask-default", "Which one?"))
    assert person.texts() == ["green"]
    person = await said(desk, looking("ask", "Which one?"))
    assert "nobody is there to ask" in person.texts()[0]
    assert person.of(ToolResult)[0].outcome is Outcome.FAILED


async def test_an_empty_answer_takes_the_default(desk: Desk):
    assert (await said(desk, looking("ask-default", "Which one?"), "")).texts() == ["green"]


async def test_two_questions_at_once_are_asked_one_after_another(desk: Desk):
    desk.script(calling(looking("ask", "first?"), looking("ask", "second?")), saying("done"))
    async with desk.agent("red", "blue") as (agent, person):
        await agent.prompt("go")
        assert sorted(person.texts()) == ["blue", "red"]
        assert sorted(question.text for question in person.questions) == ["first?", "second?"]


async def test_a_call_of_a_plugin_is_judged_and_names_its_parent(desk: Desk):
    person = await said(desk, looking("call", "worker_change echo inner"), "yes")
    assert person.texts()[-1] == "ok: inner"
    inner, outer = sorted(person.of(ToolUse), key=lambda use: use.parent, reverse=True)
    assert (inner.tool, inner.parent, outer.parent) == ("worker_change", outer.call, "")
    assert inner.call.startswith(f"{outer.call}/")


async def test_a_call_of_a_plugin_that_is_denied_is_denied(desk: Desk):
    person = await said(desk, looking("call", "worker_change echo inner"), "no")
    assert person.texts()[-1] == "denied: Denied: the user said no"


async def test_only_results_of_the_models_calls_enter_the_conversation(desk: Desk):
    await said(desk, looking("call", "worker_change echo inner"), mode=Mode.FULL)
    results = [entry["call"] for entry in desk.entries(1) if entry["type"] == "tool_result"]
    assert results == ["c0-0"]


async def test_calls_that_serve_each_other_end_somewhere(desk: Desk):
    arg = "worker_look call " * 40 + "worker_look echo deep"
    person = await said(desk, looking("call", arg))
    assert "calls serve each other" in person.texts()[-1]


async def test_a_method_that_the_manifest_does_not_list_is_refused(desk: Desk):
    desk.add_tools("meek")
    for do in ("ask", "call", "read", "write"):
        person = await said(desk, ("meek_look", {"do": do, "arg": "worker_look echo"}), "yes")
        assert "`uses`" in person.texts()[-1], do


async def test_files_are_read_and_written_through_the_gate(desk: Desk):
    (desk.workspace / "a.txt").write_text("content")
    (desk.workspace / ".env").write_text("KEY=1")
    (desk.folder / "outside.txt").write_text("outside")
    person = await said(desk, looking("read", "a.txt"))
    assert "content" in person.texts()[0]
    assert [(use.tool, use.parent) for use in person.of(ToolUse)] == [("worker_look", ""), ("fs_read", "c0-0")]
    for path in (".env", "../outside.txt", "no-such-file"):
        person = await said(desk, looking("read", path))
        assert person.of(ToolResult)[0].outcome is Outcome.FAILED, path
    person = await said(desk, looking("write", "b.txt"))
    assert "nobody to ask" in person.texts()[0] or "would be written" in person.texts()[0]
    assert not (desk.workspace / "b.txt").exists()
    person = await said(desk, looking("write", "b.txt"), mode=Mode.EDIT)
    assert person.texts() == ["written"]
    assert (desk.workspace / "b.txt").read_text() == "written"


async def test_a_call_that_serves_nothing_is_refused():
    with pytest.raises(PermissionDenied, match="serves no call"):
        await Services().serve("someone", None, "user.ask", Raw(b"\x80"))


def test_replacing_a_file_keeps_its_mode_and_leaves_nothing_beside_it(tmp_path):
    import os  # noqa: PLC0415

    (tmp_path / "run.sh").write_text("old")
    (tmp_path / "run.sh").chmod(0o750)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        replace_file(folder, "run.sh", b"x" * MOST_BYTES)
        replace_file(folder, "new", b"")
        (tmp_path / "taken").mkdir()
        with pytest.raises(OSError):  # noqa: PT011
            replace_file(folder, "taken", b"")
    finally:
        os.close(folder)
    assert (tmp_path / "run.sh").stat().st_mode & 0o777 == 0o750
    assert sorted(one.name for one in tmp_path.iterdir()) == ["new", "run.sh", "taken"]


NESTED = [("call", "worker_change echo x"), ("call", "worker_look ask ?"), ("write", "f"), ("ask", "?")]


@pytest.mark.parametrize(("do", "arg"), NESTED)
async def test_the_clocks_of_all_calls_around_a_question_stand_still(desk: Desk, do: str, arg: str):
    desk.add_tools("hasty", uses=("user.ask", "tool.call", "fs.read", "fs.write"), timeout_s=1.0)
    desk.script(calling(("hasty_look", {"do": do, "arg": arg})), saying("done"))

    class Slow(Person):
        async def ask(self, question: Question) -> Answer | None:
            await trio.sleep(1.6)
            return await super().ask(question)

    async with desk.agent() as (agent, _):
        person = Slow("yes")
        agent.attach(person)
        await agent.prompt("go")
        (result, *_) = [one for one in person.of(ToolResult) if one.call == "c0-0"]
        assert result.outcome is Outcome.OK, person.texts()
        assert person.questions
