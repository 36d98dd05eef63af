"""What the plugin holds while it runs: settings, books and circuits, and what it does with them for each call."""

import time
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from pegboard_router.budget import Over, Scope, estimate, scopes_of
from pegboard_router.choosing import Router
from pegboard_router.ledger import Ledger
from pegboard_router.prices import Prices
from pegboard_router.report import GROUPS, Report, lines, query, total
from pegboard_router.settings import settings_from
from pegboard_sdk import Ask, Choice, Context, Paid, PermissionDenied, Planned, Setup

T = TypeVar("T")

MOST_SESSIONS: Final = 256
YES: Final = "raise it once"
NO: Final = "stop"


class Desk:
    """Made once the plugin is told its settings. Raises InvalidParams for those that are wrong."""

    def __init__(self, setup: Setup) -> None:
        self.settings = settings_from(setup.settings)
        self.ledger = Ledger(Path(setup.data_dir, "ledger.sqlite"), team=self.settings.team)
        self._project = setup.workspace
        self.prices = Prices(self.settings.prices)
        self.router = Router(self.settings, self.prices, lambda model: self.ledger.rate(self._project, model))
        self._asked: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self.reasons: OrderedDict[str, str] = OrderedDict()
        """Why the last call of a session went where it did."""

    def route(self, session: str, ask: Ask) -> Choice | None:
        """Choose, and judge the model of the turn before by what became of it."""
        if not ask.plugin and not ask.failures:
            self._judge(session, ask)
        choice = self.router.choose(ask, time.monotonic())
        if choice is not None and not ask.plugin:
            _kept(self._asked, session, (ask.prompt, choice.model or ask.model))
            _kept(self.reasons, session, f"{choice.model or ask.model}: {choice.reason or 'the model of this session'}")
        return choice

    def admit(self, session: str, planned: Planned, ctx: Context) -> str | None:
        """None when the budgets allow a call; whoever sits in front may raise one of them, once."""
        scopes = scopes_of(self.settings, session, planned, datetime.now(UTC))
        cost = estimate(planned.price, planned, self.settings.output_tokens)
        fits = self.settings.unknown_price == "allow"
        if not scopes:
            return None
        while (over := self.ledger.hold(session, planned, scopes, cost, unknown_fits=fits)) is not None:
            if not self._may_raise(over, ctx):
                return over.text
            self.ledger.raise_once(over.scope)
        return None

    def book(self, session: str, paid: Paid) -> None:
        """Write down a call that is over."""
        self.ledger.book(session, paid)
        self.router.learn(paid, time.monotonic())

    def report(self, days: int) -> Report:
        """What was spent in so many days up to now."""
        since = (datetime.now(UTC) - timedelta(days=days - 1)).strftime("%Y-%m-%d")
        by_day, models, projects = (lines(self.ledger.rows(query(part), (since,))) for part in GROUPS)
        return Report(since=since, days=by_day, models=models, projects=projects, total=total(by_day))

    def budgets(self, session: str) -> str:
        """How the budgets stand."""
        planned = Planned(call="", model="", provider="", workspace=self._project)
        found = scopes_of(self.settings, session, planned, datetime.now(UTC))
        if not found:
            return "No budget is set: see [plugin.router.budgets]."
        return "\n".join(self._standing(scope) for scope in found)

    def explained(self, session: str) -> str:
        """Why the last call of a session went where it did, which circuits are open, and how the models did here."""
        said = [self.reasons.get(session, "No model was asked in this session yet.")]
        said += [f"{model}: its circuit is {state}" for model, state in self.router.states(time.monotonic()).items()]
        rows = self.ledger.rows("SELECT model, seen, bad FROM turns WHERE project = ? ORDER BY 1", (self._project,))
        return "\n".join(
            [*said, *(f"{model}: a tool failed after {bad} of {seen} turns here" for model, seen, bad in rows)]
        )

    def _standing(self, scope: Scope) -> str:
        if scope.name == "call":
            return f"{scope.name:8} ${scope.limit:.4g} at most"
        raised = f", raised once by ${scope.limit:.4g}" if self.ledger.is_raised(scope) else ""
        return f"{scope.name:8} ${self.ledger.spent(scope):.4f} of ${scope.limit:.4g}{raised}"

    def _may_raise(self, over: Over, ctx: Context) -> bool:
        if over.scope.name in ("call", "run") or self.ledger.is_raised(over.scope):
            return False
        with suppress(PermissionDenied):
            return ctx.ask(f"{over.text}. Allow ${over.scope.limit:.4g} more, once?", choices=(YES, NO)) == YES
        return False

    def _judge(self, session: str, ask: Ask) -> None:
        prompt, model = self._asked.get(session, (0, ""))
        if model and prompt == ask.prompt and ask.signals.tools_run:
            self.ledger.judge(self._project, model, bad=ask.signals.tools_failed > 0)


def _kept(table: OrderedDict[str, T], key: str, value: T) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > MOST_SESSIONS:
        table.popitem(last=False)
