"""A plugin that chooses models, holds calls against a budget and keeps books, as a test tells it to, on files."""

import json

from agent_desk import Desk

BOOKS = """
import json
from pathlib import Path
import msgspec
from pegboard_sdk import Ask, Choice, Context, Paid, Planned, Plugin, Price, Setup

plugin = Plugin("NAME")
places = []

@plugin.on_start
def start(setup: Setup) -> None:
    places.append(Path(setup.settings["folder"]))

def note(kind, what):
    with (places[0] / "books.jsonl").open("a") as books:
        books.write(json.dumps([kind, msgspec.to_builtins(what)]) + "\\n")

@plugin.hook
def route(session: str, ask: Ask) -> Choice | None:
    note("ask", ask)
    choices = json.loads((places[0] / "choices.json").read_text())
    choice = choices[min(len(ask.failures), len(choices) - 1)]
    return None if choice is None else msgspec.convert(choice, Choice)

@plugin.hook(kind="gate")
def before_model(planned: Planned, ctx: Context) -> str | None:
    note("planned", planned)
    most = places[0] / "most"
    paid = (places[0] / "books.jsonl").read_text().count('["paid"')
    if not most.exists() or paid < int(most.read_text()):
        return None
    return None if ctx.ask("more?", default="no") == "yes" else "nothing left to spend"

@plugin.hook
def after_model(paid: Paid) -> None:
    note("paid", paid)
"""


def add_books(desk: Desk) -> None:
    """Have it take part."""
    hooks = (("route", "observer"), ("before_model", "gate"), ("after_model", "observer"))
    desk.add_hooks("books", BOOKS, *hooks, uses=("user.ask",))


def choose(desk: Desk, *choices: dict | None) -> None:
    """What is chosen at first, after one failure, after two; the last one stays."""
    (desk.folder / "choices.json").write_text(json.dumps(choices))


def books(desk: Desk, kind: str) -> list[dict]:
    lines = [json.loads(line) for line in (desk.folder / "books.jsonl").read_text().splitlines()]
    return [what for named, what in lines if named == kind]
