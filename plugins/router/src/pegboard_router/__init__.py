"""Chooses models, keeps the books of what they cost, and stops at budgets: the hooks, tools and commands."""

from typing import Annotated

import msgspec
from msgspec import Meta

from pegboard_router.desk import Desk
from pegboard_router.panel import JUDGE, MOST_ROUNDS, MOST_VOICES, Panel, Voice, shown
from pegboard_router.report import text as report_text
from pegboard_sdk import Ask, Choice, Context, InvalidParams, Paid, Planned, Plugin, Setup, ToolFailed

LONGEST_DAYS = 3660


class Books(Plugin):
    """The plugin with what it holds while it runs."""

    desk: Desk


plugin = Books("router")


@plugin.on_start
def start(setup: Setup) -> None:
    """Open the books."""
    plugin.desk = Desk(setup)


@plugin.on_stop
def stop() -> None:
    """Close them."""
    plugin.desk.ledger.close()


@plugin.hook
def route(session: str, ask: Ask) -> Choice | None:
    """Choose the model of a call."""
    return plugin.desk.route(session, ask)


@plugin.hook(kind="gate")
def before_model(session: str, planned: Planned, ctx: Context) -> str | None:
    """Hold a call against the budgets."""
    return plugin.desk.admit(session, planned, ctx)


@plugin.hook
def after_model(session: str, paid: Paid) -> None:
    """Write a call down."""
    plugin.desk.book(session, paid)


@plugin.tool(effect="net", timeout_s=0)
def debate(
    question: str,
    sides: Annotated[list[str], Meta(min_length=2, max_length=MOST_VOICES)],
    rounds: Annotated[int, Meta(ge=1, le=MOST_ROUNDS)] = 1,
    *,
    ctx: Context,
) -> str:
    """Let models argue a decision, and one judge: a call a side and round."""
    voices = [Voice(side, f"Argue strictly from this side: {side}. Be concrete and brief.") for side in sides]
    panel = Panel(ctx, "debate")
    heard = panel.ask(voices, question)
    for _ in range(rounds - 1):
        reply = f"{question}\n\nSaid so far:\n{shown(heard)}\n\nAnswer the others."
        heard = panel.ask(voices, reply)
    verdict = panel.judged(question, heard, Voice("judge", JUDGE, tier="reasoner"))
    return f"{shown(heard)}\n\n[verdict]\n{verdict}"


@plugin.tool(effect="net", timeout_s=0)
def ensemble(
    question: str,
    models: Annotated[list[str], Meta(max_length=MOST_VOICES)] | None = None,
    answers: Annotated[int, Meta(ge=2, le=MOST_VOICES)] = 3,
    *,
    ctx: Context,
) -> str:
    """Ask a hard question several times at once, and have the answers compared."""
    names = models or [""] * answers
    if len(names) < 2:
        raise ToolFailed("an ensemble has at least two models")
    voices = [Voice(f"answer {number}", model=name) for number, name in enumerate(names, 1)]
    panel = Panel(ctx, "ensemble")
    heard = panel.ask(voices, question)
    return f"{shown(heard)}\n\n[comparison]\n{panel.judged(question, heard, Voice('judge', JUDGE))}"


@plugin.command("cost", summary="What models cost, by day, model and project.")
def cost(text: str) -> str:
    """`/cost [DAYS] [--json]`."""
    words = text.split()
    days = [word for word in words if word != "--json"] or ["30"]
    if len(days) > 1 or not days[0].isdecimal() or not 1 <= int(days[0]) <= LONGEST_DAYS:
        raise InvalidParams(f"/cost takes a number of days, 1 to {LONGEST_DAYS}, and --json; not `{text.strip()}`")
    report = plugin.desk.report(int(days[0]))
    return msgspec.json.encode(report).decode() if "--json" in words else report_text(report)


@plugin.command("budget", summary="How the budgets stand.")
def budget(text: str, ctx: Context) -> str:
    """`/budget`."""
    if text.strip():
        raise InvalidParams("/budget takes nothing; budgets are set with peg config, under plugin.router.budgets")
    return plugin.desk.budgets(ctx.session)


@plugin.command("route", summary="Why the last call went to its model, and which models are left alone.")
def why(text: str, ctx: Context) -> str:
    """`/route`."""
    if text.strip():
        raise InvalidParams("/route takes nothing")
    return plugin.desk.explained(ctx.session)
