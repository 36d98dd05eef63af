"""What was acknowledged and not heard outlives its process: said and given back, once, and nothing that was heard."""

import os
from pathlib import Path

import pytest
from agent_desk import Desk, saying
from hypothesis import given
from hypothesis import strategies as st

from pegboard.cli.conversing.unheard import FILE, Keeping, Unheard, give_back, left_of
from pegboard.fronts.conversation import Conversation
from pegboard.journal import JournalFailed
from pegboard.transcript import Transcript
from pegboard_sdk.wire.fronting import Prompted, When
from pegboard_sdk.wire.records import Failure, Message, Role, Text


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def file_of(conversation: Conversation) -> Path:
    return conversation.agent.session.journal.folder / FILE


async def busy_with(conversation: Conversation, *said: tuple[str, When]) -> None:
    """A prompt that runs, and these behind it."""
    conversation.waiting.keep = Keeping(conversation).keep
    await conversation.prompt(Prompted(text="first"))
    for text, when in said:
        await conversation.prompt(Prompted(text=text, when=when))


async def test_what_waits_when_a_process_ends_is_said_and_taken_back_in_the_next(desk: Desk) -> None:
    desk.script(saying("", hang=True))
    async with desk.conversation() as conversation:
        session = conversation.agent.session.id
        await busy_with(conversation, ("look left", When.STEER), ("and then", When.QUEUE))
        left = file_of(conversation).read_bytes()
        assert [conversation.take_back(), conversation.take_back()] == ["and then", "look left"]
        assert await give_back(conversation.agent.session, conversation.waiting) == [], "nothing waits any more"
        conversation.interrupt()
        await conversation.idle()
        assert not file_of(conversation).exists()
        file_of(conversation).write_bytes(left)  # as a killed process leaves it
    async with desk.conversation(resume=session) as conversation:
        notes = await give_back(conversation.agent.session, conversation.waiting)
        assert ["look left" in notes[0], "and then" in notes[1]] == [True, True]
        assert not conversation.busy, "nothing goes in unasked"
        kept = [each.message for each in desk.journal(conversation.agent) if isinstance(each, Failure)]
        assert kept[-2:] == notes
        assert [conversation.take_back() for _ in range(3)] == ["and then", "look left", ""]
        assert not file_of(conversation).exists()
        assert await give_back(conversation.agent.session, conversation.waiting) == [], "once"


async def test_what_was_heard_is_not_kept(desk: Desk) -> None:
    desk.script(saying("", hang=True))
    async with desk.conversation() as conversation:
        await busy_with(conversation, ("look left", When.STEER), ("and then", When.QUEUE))
        assert file_of(conversation).exists()
        desk.script(saying("one"), saying("two"))
        conversation.interrupt()
        await conversation.idle()
        assert not file_of(conversation).exists()


async def test_a_prompt_that_cannot_be_kept_is_refused_and_does_not_go_in(desk: Desk) -> None:
    desk.script(saying("", hang=True))
    async with desk.conversation() as conversation:
        await busy_with(conversation)
        os.mkdir(file_of(conversation))
        with pytest.raises(JournalFailed, match="is not taken"):
            await conversation.prompt(Prompted(text="lost?"))
        assert conversation.status().steering == ()
        file_of(conversation).rmdir()
        await conversation.prompt(Prompted(text="not lost"))
        assert conversation.take_back() == "not lost"
        conversation.interrupt()
        await conversation.idle()


async def test_a_file_that_cannot_be_read_is_no_reason_not_to_go_on(desk: Desk) -> None:
    async with desk.conversation() as conversation:
        for data in (b"", b"{}", b'{"prompts": "x", "texts": 3}', b"\xff"):
            file_of(conversation).write_bytes(data)
            assert await give_back(conversation.agent.session, conversation.waiting) == []


@given(heard=st.lists(st.sampled_from("abc"), max_size=6), texts=st.lists(st.sampled_from("abc"), max_size=5),
       prompts=st.integers(0, 6))  # fmt: skip
def test_each_text_is_given_back_unless_it_was_heard_after_it_was_kept(
    heard: list[str], texts: list[str], prompts: int
) -> None:
    transcript = Transcript()
    for seq, text in enumerate(heard, start=1):
        transcript.apply(Message(role=Role.USER, parts=(Text(text=text),), pinned="said"), seq)
    left = left_of(Unheard(prompts, tuple(texts)), transcript)
    for text in set("abc"):
        assert left.count(text) == max(0, texts.count(text) - heard[prompts:].count(text))
