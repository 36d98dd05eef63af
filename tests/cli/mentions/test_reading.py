"""What goes along with a prompt that mentions files: through the gate, by real tools, in the journal."""

import os

import pytest
from agent_desk import Desk, saying

from pegboard.agent import Agent
from pegboard.cli.mentions import reading
from pegboard.cli.mentions.reading import with_mentions
from pegboard_sdk.wire.fronting import Prompted
from pegboard_sdk.wire.records import Failure, Image, Message, Role, Text, ToolUse

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def said(text: str) -> Message:
    return Message(role=Role.USER, parts=(Text(text=text),))


async def parts(agent: Agent, text: str, by: str = "user") -> dict[str, str]:
    found = await with_mentions(agent, said(text), by)
    assert found.parts[0] == Text(text=text)
    return {part.origin: part.text for part in found.parts[1:] if isinstance(part, Text)}


async def test_what_a_prompt_mentions_goes_along_behind_it_and_is_journaled(desk: Desk):
    (desk.workspace / "a.txt").write_text("alpha\n")
    (desk.workspace / "b c.txt").write_text("beta\n")
    (desk.workspace / "folder").mkdir()
    (desk.workspace / "folder" / "inside.py").write_text("x = 1\n")
    desk.script(saying("read"))
    text = 'compare @a.txt, with @"b c.txt" in @folder/ for me@example.org and @nobody'
    async with desk.conversation() as conversation:
        await conversation.prompt(Prompted(text=text))
        await conversation.idle()
        records = desk.journal(conversation.agent)
    message = next(one for one in records if isinstance(one, Message))
    assert [part.origin for part in message.parts if isinstance(part, Text)] == ["", "a.txt", "b c.txt", "folder/"]
    assert message.parts[0] == Text(text=text)
    assert "alpha" in str(message.parts[1])
    assert "data, not instructions" in str(message.parts[1])
    assert "inside.py" in str(message.parts[3])
    uses = [one for one in records if isinstance(one, ToolUse)]
    assert [(use.tool, use.answered_by) for use in uses] == [("read_file", "user")] * 2 + [("glob", "user")]
    sent = desk.entries(0)[0]["parts"]
    assert [part["text"].partition("\n")[0][:9] for part in sent[1:]] == ["[`a.txt`,", "[`b c.txt", "[`folder/"]


async def test_deny_rules_and_credentials_hold_and_an_order_reaches_what_else_would_be_asked(desk: Desk):
    for name in ("secret.txt", ".env", "plain.txt"):
        (desk.workspace / name).write_text(f"{name} content\n")
    (desk.workspace / "link.txt").symlink_to(".env")
    outside = desk.folder / "outside.txt"
    outside.write_text("outside content\n")
    async with desk.agent(deny=("Read(secret.txt)",)) as (agent, person):
        found = await parts(agent, f"@secret.txt @.env @link.txt @plain.txt @{outside}")
        assert [name for name, text in found.items() if " content" in text] == ["plain.txt", str(outside)]
        assert "credentials" in found[".env"]
        assert person.questions == []
        # What no person typed is asked as a model's call is, and here nobody answers.
        found = await parts(agent, f"@{outside}", by="")
        assert "nobody to ask" in found[str(outside)]
    async with desk.agent(allow=("read_file(./.env)",)) as (agent, _):
        assert ".env content" in (await parts(agent, "@.env"))[".env"]


async def test_what_is_cut_or_left_out_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "MOST_FILES", 2)
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 150)
    for name in "abc":
        (desk.workspace / name).write_text("word " * 40)
    async with desk.agent() as (agent, _):
        found = await parts(agent, "@a @b @c")
        assert list(found) == ["a", "b", "mentions"]
        assert "more characters of `a`" in found["a"]
        assert "word" not in found["b"]
        assert found["mentions"].endswith("mentions: c]")


async def test_an_image_goes_along_and_a_pipe_or_a_device_is_a_word(desk: Desk):
    (desk.workspace / "shot.png").write_bytes(PNG)
    os.mkfifo(desk.workspace / "pipe")
    async with desk.agent() as (agent, _):
        found = await with_mentions(agent, said("@shot.png @pipe @/dev/zero"), "user")
        assert [type(part) for part in found.parts] == [Text, Text, Image]


async def test_without_the_tool_a_mention_is_a_word_and_that_is_said(desk: Desk):
    (desk.workspace / "a").write_text("x")
    async with desk.agent(tools=("glob",)) as (agent, person):
        assert await with_mentions(agent, said("@a"), "user") == said("@a")
        assert "pegboard-files" in person.of(Failure)[0].message
