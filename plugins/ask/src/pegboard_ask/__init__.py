"""Asks the user, and keeps the todo list. It draws nothing: whichever front-end is attached does."""

from pegboard_ask.todo import Todo, problem_with, rendered
from pegboard_sdk import Context, Output, Plugin, Text, ToolFailed

plugin = Plugin("ask")


@plugin.tool(effect="read", family="other", timeout_s=0, repeatable=False)
def ask_user(question: str, choices: list[str] = [], default: str | None = None, *, ctx: Context) -> Output:  # noqa: B006 - the schema's default; never changed
    """Ask the user, when only they can decide. For a plan to approve, give the plan as the question."""
    if not question.strip():
        raise ToolFailed("the question is empty; say what the user is to decide")
    if default is not None and choices and default not in choices:
        raise ToolFailed(f"the default `{default}` is none of the choices {choices}")
    answer = ctx.ask(question, choices=tuple(choices), default=default)
    return Output(parts=(Text(text=answer),), origin="user")


@plugin.tool(effect="read", family="other", repeatable=True)
def todo_write(todos: list[Todo]) -> str:
    """Replace your todo list with this whole one. Keep one item in_progress; leave trivial work out."""
    problem = problem_with(todos)
    if problem:
        raise ToolFailed(problem)
    return rendered(todos)
