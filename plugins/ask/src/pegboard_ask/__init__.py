"""Asks the user, and keeps the todo list. It draws nothing: whichever front-end is attached does."""

from pegboard_ask.todo import Todo, problem_with, rendered
from pegboard_sdk import Context, Output, Plugin, Text, ToolFailed

plugin = Plugin("ask")


@plugin.tool(effect="read", timeout_s=0)
def ask_user(question: str, choices: list[str] | None = None, default: str | None = None, *, ctx: Context) -> Output:
    """Ask the user what only they can decide. To propose a plan, give it as the question."""
    if not question.strip():
        raise ToolFailed("the question is empty; say what the user is to decide")
    if choices and default is not None and default not in choices:
        raise ToolFailed(f"the default `{default}` is not one of the choices: {', '.join(choices)}")
    answer = ctx.ask(question, choices=tuple(choices or ()), default=default)
    return Output(parts=(Text(text=answer),), origin="user")


@plugin.tool(effect="read", repeatable=True)
def todo_write(todos: list[Todo]) -> str:
    """Replace the whole todo list."""
    problem = problem_with(todos)
    if problem:
        raise ToolFailed(problem)
    return rendered(todos)
