"""Every model call is chosen, held against the budget and accounted for; and one that fails may find another model."""

import pytest
from agent_desk import Desk, calling, saying
from bookkeeping import add_books, books, choose

from pegboard.models.providers import Choosing, Target
from pegboard_sdk.errors import NotFound
from pegboard_sdk.wire.records import Ending, Failure, Message, Question, Request, Role, Spent, Switched, Usage

PRICE = {"input": 1.0, "output": 2.0}
PRICED = {"price": PRICE}
LOOK = ("worker_look", {"do": "echo", "arg": "{n}"})
FAIL = ("worker_look", {"do": "fail", "arg": "no"})


@pytest.fixture
def booked(desk: Desk) -> Desk:
    add_books(desk)
    desk.add_provider("other")
    choose(desk, PRICED)
    return desk


def target_of(name: str) -> Target:
    plugin, slash, model = name.partition("/")
    if not slash:
        raise NotFound(f"no model {name}")
    return Target(plugin=plugin, model=model, name=name)


CHOOSING = Choosing(target_of=target_of)
TRUSTING = Choosing(target_of=target_of, providers=("other",))
BUSY = {"error": "too many", "code": "RATE_LIMITED"}


async def test_a_call_is_priced_and_told_with_what_it_took(booked: Desk):
    booked.script(calling(LOOK), saying("done"))
    async with booked.agent() as (agent, person):
        closed = await agent.prompt("go")
        assert closed.cost == pytest.approx(2 * (100 + 20) / 1e6)
        said = [message for message in person.of(Message) if message.role is Role.ASSISTANT]
        assert [message.cost for message in said] == [pytest.approx(120e-6)] * 2
        assert agent.session.transcript.account.cost == pytest.approx(closed.cost)
    paid = books(booked, "paid")
    assert [(one["usage"], one["planned"].get("purpose", "turn")) for one in paid] == [
        ({"input": 100, "output": 10}, "turn")
    ] * 2
    assert len({one["planned"]["call"] for one in paid}) == 2
    assert all(one["planned"]["tokens"] > 0 and one["planned"]["price"] == PRICE for one in paid)


async def test_signals_say_how_things_stand(booked: Desk):
    booked.script(calling(FAIL), calling(LOOK), calling(("worker_change", {"do": "echo"})), saying("done"))
    async with booked.agent(allow=("worker_change",)) as (agent, _):
        await agent.prompt("go")
        await agent.prompt("again")
    signals = [ask.get("signals", {}) for ask in books(booked, "ask")]
    assert [signal.get("tools_failed", 0) for signal in signals] == [0, 1, 0, 0, 0]
    assert [signal.get("files_written", 0) for signal in signals] == [0, 0, 0, 1, 0]
    assert signals[4] == {}, "a new prompt begins anew"


async def test_another_model_answers_where_one_failed(booked: Desk):
    choose(booked, PRICED, {"model": "stepping/two", "effort": "high", "price": PRICE})
    booked.script(BUSY, saying("done"))
    async with booked.agent(choosing=CHOOSING) as (agent, person):
        closed = await agent.prompt("go")
        assert (closed.end, closed.result, closed.turns) == (Ending.DONE, "done", 1)
        assert person.of(Message)[-1].model == "stepping/two"
        assert [request.model for request in person.of(Request)] == ["stepping/one", "stepping/two"]
        assert person.of(Failure) == []
    assert [(one["model"], one["effort"]) for one in booked.requests()] == [("one", ""), ("two", "high")]
    (failed,) = books(booked, "ask")[1]["failures"]
    assert (failed["model"], failed["code"]) == ("stepping/one", "RATE_LIMITED")
    assert [(one.get("outcome", "ok"), one.get("usage", {})) for one in books(booked, "paid")] == [
        ("RATE_LIMITED", {}),
        ("ok", {"input": 100, "output": 10}),
    ]


async def test_when_nobody_knows_better_the_error_stands(booked: Desk):
    choose(booked, PRICED, None)
    booked.script(BUSY)
    async with booked.agent() as (agent, person):
        assert (await agent.prompt("go")).end is Ending.ERROR
        assert person.of(Failure)[-1].code == "RATE_LIMITED"


async def test_what_was_shown_is_not_asked_for_again_and_is_paid_for(booked: Desk):
    choose(booked, PRICED, {"model": "stepping/two"})
    booked.script({"deltas": ["half an "], "error": "cut off"}, saying("done"))
    async with booked.agent(choosing=CHOOSING) as (agent, person):
        closed = await agent.prompt("go")
        assert closed.end is Ending.ERROR
        (spent,) = person.of(Spent)
        assert (spent.outcome, spent.usage.estimated) == ("UPSTREAM", True)
        assert spent.usage == closed.usage == agent.session.transcript.account.usage
        assert closed.cost is not None
        assert closed.cost > 0


@pytest.mark.parametrize(
    ("answers", "choosing", "end", "asked"),
    [
        (("yes",), CHOOSING, Ending.DONE, 1),
        (("no",), CHOOSING, Ending.ERROR, 1),
        ((), CHOOSING, Ending.ERROR, 1),
        ((), TRUSTING, Ending.DONE, 0),
    ],
    ids=["agreed", "refused", "nobody there", "agreed beforehand"],
)
async def test_another_provider_is_asked_only_with_consent(
    booked: Desk, answers: tuple[str, ...], choosing: Choosing, end: Ending, asked: int
):
    choose(booked, PRICED, {"model": "other/big", "reason": "stepping is busy"}, None)
    booked.script(BUSY, saying("done"), BUSY, saying("more"))
    async with booked.agent(*answers, choosing=choosing) as (agent, person):
        assert (await agent.prompt("go")).end is end
        questions = person.of(Question)
        assert len(questions) == asked
        assert all("`other` (other/big)" in one.text and "stepping is busy" in one.text for one in questions)
        if end is Ending.DONE:
            assert (await agent.prompt("on")).end is end
            assert len(person.of(Question)) == asked, "it is asked once"
    assert ("big" in {one["model"] for one in booked.requests()}) == (end is Ending.DONE)


async def test_a_refused_call_is_not_made_and_ends_the_run_as_a_budget_does(booked: Desk):
    (booked.folder / "most").write_text("1")
    booked.script(calling(LOOK))
    async with booked.agent() as (agent, person):
        closed = await agent.prompt("go")
        assert (closed.end, closed.turns) == (Ending.LIMIT_BUDGET, 1)
        assert person.of(Failure)[-1].message == "nothing left to spend"
    assert len(booked.requests()) == 1


async def test_who_sits_in_front_may_raise_the_budget(booked: Desk):
    (booked.folder / "most").write_text("1")
    booked.script(calling(LOOK), saying("done"))
    async with booked.agent("yes") as (agent, person):
        assert (await agent.prompt("go")).end is Ending.DONE
        assert [question.text for question in person.questions] == ["more?"]


async def test_a_plugin_asks_a_model_beside_the_conversation(booked: Desk):
    booked.script(calling(("worker_look", {"do": "model", "arg": "well?"})), saying("aside"), saying("done"))
    async with booked.agent() as (agent, person):
        closed = await agent.prompt("go")
        assert person.texts() == ["aside 100 0.00012"]
        (spent,) = person.of(Spent)
        assert (spent.plugin, spent.purpose, spent.usage) == ("worker", "test", Usage(input=100, output=10))
        assert closed.usage.input == agent.session.transcript.account.usage.input == 300
        assert closed.cost == pytest.approx(3 * 120e-6)
        asked = person.of(Request)[1]
        assert b"well?" in agent.session.journal.blobs.read(asked.asked)
    assert [entry["parts"][0]["text"] for entry in booked.entries(1)] == ["well?"]
    assert "aside" not in [entry["parts"][0].get("text") for entry in booked.entries(2) if entry["type"] == "message"]
    assert [one["planned"].get("plugin", "") for one in books(booked, "paid")] == ["", "worker", ""]


async def test_a_call_beside_is_refused_by_the_same_budget(booked: Desk):
    (booked.folder / "most").write_text("1")
    booked.script(calling(("worker_look", {"do": "model", "arg": "well?"})))
    async with booked.agent() as (agent, person):
        assert (await agent.prompt("go")).end is Ending.LIMIT_BUDGET
        assert "nothing left to spend" in person.texts()[0]
    assert len(booked.requests()) == 1


async def test_without_hooks_a_plugin_may_ask_a_model_too(desk: Desk):
    desk.script(calling(("worker_look", {"do": "model", "arg": "well?"})), saying("aside", cost=0.5), saying("done"))
    async with desk.agent() as (agent, person):
        closed = await agent.prompt("go")
        assert person.texts() == ["aside 100 0.5"]
        assert closed.cost == 0.5


async def test_a_session_goes_on_with_the_model_that_it_was_switched_to(desk: Desk):
    desk.add_provider("other")
    desk.script(saying("one"), saying("two"), saying("three"))
    async with desk.agent(choosing=CHOOSING) as (agent, person):
        await agent.prompt("first")
        agent.model.switch("other/big", "high")
        with pytest.raises(NotFound):
            agent.model.switch("nothing")
        await agent.prompt("second")
        assert person.of(Switched) == [Switched(model="other/big", effort="high")]
        name = agent.session.id
    async with desk.agent(choosing=CHOOSING, resume=name) as (agent, _):
        await agent.prompt("third")
    sent = [(one["model"], one["effort"], one["base"]) for one in desk.requests()]
    assert sent == [("one", "", 0), ("big", "high", 0), ("big", "high", 0)]
    assert len(desk.entries(1)) == 3, "the new provider has the whole conversation"


async def test_a_model_named_for_the_run_stands_above_the_one_of_before(desk: Desk):
    desk.script(saying("one"))
    async with desk.agent(choosing=CHOOSING) as (agent, _):
        agent.model.switch(effort="low")
        name = agent.session.id
    async with desk.agent(choosing=Choosing(target_of=target_of, pinned=True), resume=name) as (agent, _):
        assert agent.model.target.effort == ""
