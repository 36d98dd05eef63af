"""The todo list as a value."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from pegboard_ask.todo import MARKS, MAX_CONTENT, MAX_ITEMS, Status, Todo, problem_with, rendered

todos = st.lists(st.builds(Todo, content=st.text(max_size=30), status=st.sampled_from(get_args(Status))), max_size=20)


def test_every_status_has_a_mark_of_its_own() -> None:
    assert set(MARKS) == set(get_args(Status))
    assert len(set(MARKS.values())) == len(MARKS)


@given(todos)
def test_each_item_is_one_line_in_its_order(items: list[Todo]) -> None:
    lines = rendered(items).split("\n")
    assert len(lines) == len(items) + 1 or not items
    for item, line in zip(items, lines, strict=False):
        assert line.startswith(MARKS[item.status])


@given(todos)
def test_a_list_is_refused_exactly_when_an_item_is_empty(items: list[Todo]) -> None:
    assert bool(problem_with(items)) == any(not item.content.strip() for item in items)


def test_lists_and_items_beyond_measure_are_refused() -> None:
    assert problem_with([Todo("x", "done")] * (MAX_ITEMS + 1))
    assert problem_with([Todo("x" * (MAX_CONTENT + 1), "done")])
    assert not problem_with([Todo("x" * MAX_CONTENT, "done")] * MAX_ITEMS)
