"""What is sent to a provider: only what is new, the whole when it forgot, and nothing that is not in the journal."""

import os
import signal

import trio
from agent_desk import Desk, calling, saying

from pegboard.models.asking import refusal
from pegboard.models.prompt import Part
from pegboard_sdk.wire.methods import ModelReply
from pegboard_sdk.wire.records import Finish, Image, Message, Request, Role, Text

LOOK = ("worker_look", {"do": "echo", "arg": "{n}"})


async def test_only_what_is_new_is_sent(desk: Desk):
    desk.script(calling(LOOK), calling(LOOK, LOOK), saying("done"), saying("more"))
    async with desk.agent() as (agent, _):
        await agent.prompt("go")
        await agent.prompt("on")
    # the provider has counted its own reply as an entry: what is new is a reply's results, and the next message
    sent = [(request["base"], request["append"]) for request in desk.requests()]
    assert [base + append for base, append in sent] == [1, 3, 6, 8]
    assert sent[0] == (0, 1)
    assert all(append <= 4 for _, append in sent)
    assert sent[-1][0] > 0


async def test_a_provider_that_forgot_is_sent_the_whole_once(desk: Desk):
    desk.script(saying("one"), saying("two"))
    async with desk.agent() as (agent, _):
        await agent.prompt("first")
        process = desk.pid("stepping")
        os.kill(process, signal.SIGKILL)
        with trio.fail_after(20):
            while any(one.pid == process for one in desk.board_now.status()):  # noqa: ASYNC110 - it has no event
                await trio.sleep(0.01)
        assert (await agent.prompt("second")).result == "two"
    first, refused, whole = desk.requests()
    assert (first["base"], refused["base"], whole["base"]) == (0, refused["base"], 0)
    assert refused["base"] > 0
    assert whole["append"] == refused["base"] + refused["append"] == 3
    assert [entry["parts"][0]["text"] for entry in desk.entries(1)] == ["first", "one", "second"]


async def test_a_request_is_in_the_journal_before_it_is_sent(desk: Desk):
    desk.script(calling(("worker_look", {"do": "journal"})), saying("done"))
    async with desk.agent() as (agent, person):
        await agent.prompt("go")
        assert person.texts()[0].count('"request"') == 1
        requests = [record for record in desk.journal(agent) if isinstance(record, Request)]
        assert [request.messages for request in requests] == [1, 3]
        blobs = agent.session.journal.folder.rglob("*")
        names = {path.name for path in blobs}
        assert all(any(handle.endswith(name) or name in handle for name in names) for handle in (requests[0].system,))


async def test_the_bytes_of_an_image_go_along_once(desk: Desk):
    desk.script(saying("a cat"), saying("still"))
    async with desk.agent() as (agent, _):
        handle = await agent.session.journal.blobs.put(b"PNG" * 100)
        image = Image(handle=handle, media_type="image/png")
        await agent.prompt(Message(role=Role.USER, parts=(Text(text="what is it?"), image, image)))
        await agent.prompt("sure?")
    assert [request["blobs"] for request in desk.requests()] == [{handle: 300}, {}]


async def test_settings_of_the_target_reach_the_provider(desk: Desk):
    from pegboard.models.providers import Target  # noqa: PLC0415

    desk.script(saying("done"))
    target = Target(plugin="stepping", model="one", name="fast", params={"temperature": 0.5})
    async with desk.agent(target=target, additions=(Part("AGENTS.md", "project", "Be kind."),)) as (agent, person):
        await agent.prompt("go")
        assert person.of(Message)[-1].model == "fast"
    (request,) = desk.requests()
    assert request["params"] == {"temperature": 0.5}
    assert request["system"].endswith("Be kind.")


def test_only_some_ends_are_a_refusal():
    def ending(finish: Finish | None) -> ModelReply:
        return ModelReply(message=Message(role=Role.ASSISTANT, parts=(), finish=finish))

    assert [finish for finish in Finish if refusal(ending(finish))] == [Finish.LENGTH, Finish.FILTERED]
    assert refusal(ending(None)) is None
