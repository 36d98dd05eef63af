"""The plugin on the wire: hooks, commands and tools as the kernel sees them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pegboard_router import plugin
from pegboard_router.desk import YES
from pegboard_router.panel import MOST_VOICES
from pegboard_sdk import (
    Ask,
    CallModel,
    Choice,
    InvalidParams,
    Message,
    ModelAnswer,
    Outcome,
    Paid,
    Planned,
    Price,
    Role,
    Setup,
    Signals,
    Text,
    Upstream,
    Usage,
)
from pegboard_sdk.testing import Board, connected

PRICE = Price(input=1.0, output=1.0)


def setup(folder: Path, **settings: object) -> Setup:
    return Setup(data_dir=str(folder), workspace="/w", settings=settings)


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    with connected(plugin, setup(tmp_path, budgets={"day": 1.0}, output_tokens=100_000)) as board:
        yield board


def planned(call: str = "1", tokens: int = 400_000) -> Planned:
    return Planned(call=call, model="openai/gpt-5", provider="openai", workspace="/w", tokens=tokens, price=PRICE)


def pay(board: Board, call: str, cost: float | None) -> None:
    paid = Paid(planned=planned(call), usage=Usage(input=100, output=10, cached=50), cost=cost)
    board.hook("after_model", type(None), session="s", paid=paid)


def admitted(board: Board, call: str) -> str | None:
    return board.hook("before_model", str | None, session="s", planned=planned(call))  # type: ignore[arg-type]


def test_it_prices_the_model_and_says_why_afterwards(board: Board) -> None:
    choice = board.hook("route", Choice, session="s", ask=Ask(model="fast", id="gpt-5", provider="openai"))
    assert choice.price is not None
    assert choice.price.input == 1.25
    assert board.command("route").startswith("No model was asked")  # the board's commands are of session `test`


def test_a_refusal_says_what_is_spent_and_a_person_may_raise_it_once(board: Board) -> None:
    assert admitted(board, "1") is None
    pay(board, "1", 0.8)
    refusal = admitted(board, "2")
    assert refusal == "this call may cost $0.5, and $0.8 of $1 for the day are spent"
    board.answers = [YES]
    assert admitted(board, "3") is None
    assert "Allow $1 more, once?" in board.questions[-1].text
    pay(board, "3", 1.0)
    board.answers = [YES]
    assert admitted(board, "4") is not None, "once"
    assert "raised once by $1" in board.command("budget")


def test_cost_is_a_table_or_json(board: Board) -> None:
    assert board.command("cost").startswith("No model calls since")
    pay(board, "1", 0.25)
    pay(board, "2", None)
    found = json.loads(board.command("cost", "7 --json"))
    assert found["total"] == {
        "name": "total", "calls": 2, "input": 200, "cached": 100, "output": 20, "cost": 0.25, "unknown": 1,
    }  # fmt: skip
    text = board.command("cost", "7")
    assert "$0.2500 + 1 unknown" in text
    assert "openai/gpt-5" in text
    assert "█" in text


@pytest.mark.parametrize("text", ["0", "many", "7 8", "-1", "99999", "--yaml"])
def test_cost_says_what_it_takes(board: Board, text: str) -> None:
    with pytest.raises(InvalidParams, match="/cost takes a number of days"):
        board.command("cost", text)


def test_what_became_of_a_turn_is_remembered(board: Board) -> None:
    for turn, failed in enumerate([0, 1, 0, 2], 1):
        ask = Ask(model="openai/gpt-5", provider="openai", prompt=1, turn=turn, signals=Signals(tools_run=turn - 1))
        if failed:
            ask = Ask(
                model="openai/gpt-5", provider="openai", prompt=1, signals=Signals(tools_run=1, tools_failed=failed)
            )
        board.hook("route", Choice, session="s", ask=ask)
    assert "openai/gpt-5: a tool failed after 2 of 3 turns here" in board.command("route")


def answer(wanted: CallModel) -> ModelAnswer:
    (message,) = wanted.messages
    asked = "".join(part.text for part in message.parts if isinstance(part, Text))  # type: ignore[union-attr]
    if "broken" in wanted.model:
        raise Upstream("it broke")
    text = f"{wanted.purpose}/{wanted.system[:40]}/{wanted.model}/{len(asked)}"
    return ModelAnswer(message=Message(role=Role.ASSISTANT, parts=(Text(text=text),)), model="m")


def test_a_debate_hears_each_side_and_ends_in_a_verdict(board: Board) -> None:
    asked: list[CallModel] = []
    board.model = lambda wanted: asked.append(wanted) or answer(wanted)  # type: ignore[func-returns-value]
    text = board.text("debate", question="Rust or Go?", sides=["safety", "speed"], rounds=2)
    assert [wanted.tier for wanted in asked] == ["", "", "", "", "reasoner"]
    assert "[safety]" in text
    assert "[verdict]" in text
    assert all(wanted.purpose == "debate" for wanted in asked)


def test_an_ensemble_survives_a_model_that_fails_and_says_so(board: Board) -> None:
    board.model = answer
    text = board.text("ensemble", question="Why?", models=["a", "broken", "c"])
    assert "[answer 2] (failed)\nit broke" in text
    assert "[comparison]" in text
    output = board.tool("ensemble", question="Why?", models=["broken", "broken"])
    assert output.outcome is Outcome.FAILED


def test_there_is_an_end_to_how_many_are_asked(board: Board) -> None:
    board.model = answer
    with pytest.raises(InvalidParams):
        board.tool("debate", question="q", sides=["s"] * (MOST_VOICES + 1))
