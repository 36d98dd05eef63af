"""A job goes the way of every model call: priced, agreed to, held, journaled without secrets, accounted for."""

import json
from functools import partial
from pathlib import Path

import msgspec
import pytest
from agent_desk import Desk
from bookkeeping import add_books, books, choose

from pegboard.cli.batching.jobs import Batches
from pegboard.config import Settings
from pegboard.models.providers import Choosing, Target, target_of
from pegboard.secrets.redaction import Redactor
from pegboard_sdk.errors import OverBudget, PermissionDenied, ProtocolViolation, Unsupported, Upstream
from pegboard_sdk.wire.batching import FetchJob, JobState, LookAtJobs, Prompt
from pegboard_sdk.wire.records import Request, Text

PRICED = {"price": {"input": 1.0, "output": 2.0}}
TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"
PROMPTS = (Prompt(text="one", id="a"), Prompt(text=f"it is {TOKEN}, and " + "long " * 200))
PROVIDER = """
import json
from pathlib import Path
import msgspec
from pegboard_sdk import (
    Answered, AskBatch, BatchJob, Context, Effect, JobState, Message, ModelContext, ModelReply, Plugin, Role, Setup,
    StreamModel, SubmitJob, FetchJob, Text, Upstream, Usage,
)

plugin = Plugin("NAME")
places, jobs = [], []

@plugin.on_start
def start(setup: Setup) -> None:
    places.append(Path(setup.settings["folder"]))

@plugin.model("NAME")
def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply:
    raise Upstream("not asked here")

@plugin.batches
def batches(asked: AskBatch, *, ctx: Context) -> list[BatchJob]:
    how = (places[0] / "how").read_text()
    if how == "garbage":
        return 7
    if how == "refuse":
        raise Upstream("no", effect=Effect.NONE)
    if isinstance(asked, SubmitJob):
        (places[0] / "sent.json").write_bytes(msgspec.json.encode(asked))
        jobs.append(BatchJob(job=asked.job, model=asked.model, state=JobState.IN_PROGRESS, begun="x",
                             prompts=len(asked.prompts), planned=asked.planned))
        if how == "vanish":
            raise Upstream("who knows", effect=Effect.UNKNOWN)
        return jobs
    if isinstance(asked, FetchJob):
        message = Message(role=Role.ASSISTANT, parts=(Text(text="you said TOKEN" + " long" * 50_000),))
        ctx.write(msgspec.json.encode(Answered(at=1, message=message)) + b"\\n")
        ctx.write(msgspec.json.encode(Answered(at=2, error="no")) + b"\\n")
    state = JobState(how)
    usage = Usage(input=1000, output=100) if state.is_over else None
    return [msgspec.structs.replace(job, state=state, usage=usage) for job in jobs]
""".replace("TOKEN", TOKEN)
MANIFEST = 'schema = 1\nid = "batcher"\nversion = "1"\n[[model]]\nname = "batcher"\n'
TARGET = Target(plugin="batcher", model="b1", name="batcher/b1", params={"max_tokens": 70}, effort="low")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    add_books(made)
    made._package("batcher", PROVIDER, MANIFEST)
    choose(made, PRICED)
    goes(made, "in_progress")
    return made


def goes(desk, how):
    (desk.folder / "how").write_text(how)


def batches(desk, agent):
    agent.session.redactor = Redactor()
    return Batches(agent.session, desk.board_now, agent.model)


async def test_it_is_held_whole_journaled_without_secrets_and_paid_once_it_is_over(desk):
    async with desk.agent(target=TARGET) as (agent, _):
        made = batches(desk, agent)
        name = await made.submit(PROMPTS)
        assert str(name) == f"batcher/{agent.session.id}"
        (ask,), (planned,) = books(desk, "ask"), books(desk, "planned")
        assert (ask["batch"], ask["pinned"], ask["purpose"]) == (2, True, "batch")
        assert planned["batch"] == 2
        assert planned["most_output"] == 70
        assert ask["tokens"] < planned["tokens"], "of the longest, and of all"
        (request,) = [one for one in desk.journal(agent) if isinstance(one, Request)]
        asked = msgspec.json.decode(agent.session.journal.blobs.read(request.asked), type=tuple[Prompt, ...])
        sent = json.loads((desk.folder / "sent.json").read_text())
        assert [one["text"] for one in sent["prompts"]] == [one.text for one in asked]
        assert TOKEN not in asked[1].text
        assert (sent["effort"], sent["params"]) == ("low", {"max_tokens": 70})
        await made.ask("batcher", LookAtJobs())
        assert books(desk, "paid") == []
        goes(desk, "expired")
        told = await made.ask("batcher", LookAtJobs(job=name.job))
        assert told.jobs[0].state is JobState.EXPIRED
        (paid,) = books(desk, "paid")
        assert paid["planned"]["call"] == planned["call"]
        assert (paid["usage"], paid["cost"], paid["outcome"]) == ({"input": 1000, "output": 100}, 0.0012, "EXPIRED")


async def test_answers_come_through_whatever_their_length_and_without_secrets(desk):
    async with desk.agent(target=TARGET) as (agent, _):
        made = batches(desk, agent)
        name = await made.submit(PROMPTS)
        goes(desk, "completed")
        told = await made.ask("batcher", FetchJob(job=name.job))
        first, second = told.answers
        assert isinstance(first.message.parts[0], Text)
        assert first.message.parts[0].text.startswith("you said ⟦secret")
        assert len(first.message.parts[0].text) > 200_000
        assert second.error == "no"
        assert books(desk, "paid")[-1].get("outcome", "ok") == "ok"


async def test_a_budget_stops_it_before_the_provider_hears_of_it(desk):
    (desk.folder / "most").write_text("0")
    async with desk.agent(target=TARGET) as (agent, _):
        with pytest.raises(OverBudget, match="nothing left to spend"):
            await batches(desk, agent).submit(PROMPTS)
        assert not (desk.folder / "sent.json").exists()


@pytest.mark.parametrize(("how", "booked"), [("refuse", 1), ("vanish", 0)])
async def test_what_was_held_is_free_where_nothing_was_begun_and_only_there(desk, how, booked):
    goes(desk, how)
    async with desk.agent(target=TARGET) as (agent, _):
        with pytest.raises(Upstream):
            await batches(desk, agent).submit(PROMPTS)
        paid = books(desk, "paid")
        assert len(paid) == booked
        assert all((one["cost"], one["outcome"], one.get("usage", {})) == (0.0, "UPSTREAM", {}) for one in paid)


async def test_another_provider_is_asked_only_with_consent(desk):
    choose(desk, {**PRICED, "model": "stepping/one"})
    choosing = Choosing(target_of=partial(target_of, settings=Settings()))
    async with desk.agent(target=TARGET, choosing=choosing) as (agent, _):
        with pytest.raises(PermissionDenied, match="another provider"):
            await batches(desk, agent).submit(PROMPTS)


async def test_a_provider_that_has_none_or_speaks_nonsense_is_told_apart(desk):
    async with desk.agent(target=TARGET) as (agent, _):
        made = batches(desk, agent)
        with pytest.raises(Unsupported, match="`stepping` has no batch jobs"):
            await made.ask("stepping", LookAtJobs())
        goes(desk, "garbage")
        with pytest.raises(ProtocolViolation, match="no jobs"):
            await made.ask("batcher", LookAtJobs())
