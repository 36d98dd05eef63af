"""Questions through whichever front-end is attached."""

from collections.abc import Iterator

import pytest

from pegboard_ask import plugin
from pegboard_sdk import Outcome, PermissionDenied
from pegboard_sdk.testing import Board, connected


@pytest.fixture
def board() -> Iterator[Board]:
    with connected(plugin) as board:
        yield board


def test_the_answer_comes_back_word_for_word(board: Board) -> None:
    board.answers = ["  Tabs, never spaces\n(é) "]
    assert board.text("ask_user", question="Tabs or spaces?") == "  Tabs, never spaces\n(é) "
    assert board.questions[0].text == "Tabs or spaces?"


def test_choices_and_default_reach_the_front_end(board: Board) -> None:
    board.answers = ["b"]
    output = board.tool("ask_user", question="Which?", choices=["a", "b"], default="a")
    assert (output.outcome, output.origin) == (Outcome.OK, "user")
    assert (board.questions[0].choices, board.questions[0].default) == (("a", "b"), "a")


def test_an_answer_beyond_the_choices_is_the_users_right(board: Board) -> None:
    board.answers = ["neither"]
    assert board.text("ask_user", question="Which?", choices=["a", "b"]) == "neither"


def test_with_nobody_there_the_call_is_refused_with_the_reason(board: Board) -> None:
    with pytest.raises(PermissionDenied, match="nobody is there"):
        board.tool("ask_user", question="Anyone?")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"question": " "}, "empty"),
        ({"question": "Which?", "choices": ["a"], "default": "b"}, "not one of the choices: a"),
    ],
)
def test_a_question_that_makes_no_sense_is_not_asked(board: Board, arguments: dict[str, object], words: str) -> None:
    output = board.tool("ask_user", **arguments)
    assert output.outcome is Outcome.FAILED
    assert words in board.text("ask_user", **arguments)
    assert board.questions == []


def test_the_todo_list_is_given_back_rendered(board: Board) -> None:
    todos = [{"content": "read", "status": "done"}, {"content": "write", "status": "in_progress"}]
    assert board.text("todo_write", todos=todos) == "[x] read\n[>] write\n(1 of 2 done)"
    assert board.text("todo_write", todos=[]) == "The todo list is empty."


def test_a_status_that_does_not_exist_is_refused_with_those_that_do(board: Board) -> None:
    with pytest.raises(Exception, match="finished"):
        board.tool("todo_write", todos=[{"content": "x", "status": "finished"}])


def test_a_list_that_helps_nobody_is_refused(board: Board) -> None:
    output = board.tool("todo_write", todos=[{"content": "", "status": "pending"}])
    assert output.outcome is Outcome.FAILED
