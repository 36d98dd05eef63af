"""The todo list as a value: what an item is, which lists make sense, how one reads. It is stored nowhere here; the
journal has it as the arguments of the call, and the newest call is the list."""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

Status = Literal["pending", "in_progress", "done", "blocked"]
"""Where an item stands. A literal and not an enum, whose docstring every model would pay for at every call."""


class Todo(Struct, frozen=True, forbid_unknown_fields=True):  # no docstring: it would be sent to models
    content: str
    status: Status


MARKS: Final[dict[str, str]] = {"pending": "[ ]", "in_progress": "[>]", "done": "[x]", "blocked": "[!]"}
MAX_ITEMS: Final = 100
MAX_CONTENT: Final = 500


def problem_with(todos: Sequence[Todo]) -> str:
    """What makes the list useless, in words for the one who wrote it; empty when it is fine."""
    if len(todos) > MAX_ITEMS:
        return f"{len(todos)} items; a list that helps has at most {MAX_ITEMS}"
    for place, todo in enumerate(todos, 1):
        if not todo.content.strip():
            return f"item {place} has no content"
        if len(todo.content) > MAX_CONTENT:
            return f"item {place} has {len(todo.content)} characters; it may have {MAX_CONTENT}"
    return ""


def rendered(todos: Sequence[Todo]) -> str:
    """The list as people and models read it, with a count."""
    if not todos:
        return "The todo list is empty."
    done = sum(todo.status == "done" for todo in todos)
    lines = [f"{MARKS[todo.status]} {' '.join(todo.content.split())}" for todo in todos]
    return "\n".join([*lines, f"({done} of {len(todos)} done)"])
