"""Money, whatever happens in whatever order: real calls of the kernel, the real router with its books, no process.

Calls of two providers, some beside others, run at the same time; they answer, fail before or after their first word,
are tried again elsewhere, and are cancelled. Time is simulated, so every order that can be has its chance.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from trio.testing import MockClock

from pegboard.hooks import HookRunner
from pegboard.journal import Journal, read
from pegboard.models.calling import Calls, Need
from pegboard.models.consent import Consent
from pegboard.models.providers import Target
from pegboard.session import Session
from pegboard.transcript import Transcript
from pegboard_router.desk import Desk
from pegboard_sdk.errors import Effect, OverBudget, PegboardError, PermissionDenied, RateLimited, Upstream
from pegboard_sdk.wire.manifest import HookEntry, HookKind
from pegboard_sdk.wire.methods import ModelReply, Setup
from pegboard_sdk.wire.modelling import Ask
from pegboard_sdk.wire.records import Message, Role, Spent, Text, Usage

PRICES = {"a/m": {"input": 100.0, "output": 400.0, "cached": 10.0}, "b/m": {"input": 50.0, "output": 300.0}}
CAP = 1000
HOOKS = (("route", HookKind.OBSERVER), ("before_model", HookKind.GATE), ("after_model", HookKind.OBSERVER))


class Attempt(Struct, frozen=True):
    """What a provider does when it is asked: think, say something, ask beside, and end in some way."""

    seconds: float
    said: str
    end: str
    usage: Usage


class Plan(Struct, frozen=True):
    """A call: when it begins, what each of its attempts does, and when whoever wants it loses patience."""

    begins: float
    model: str
    tokens: int
    attempts: tuple[Attempt, ...]
    patience: float
    beside: "Plan | None" = None


class Nobody:
    """In front of the session."""

    def ask(self, text: str, choices: tuple[str, ...] = ()) -> str:
        raise PermissionDenied("nobody is there")


class Books:
    """The session's calls, the router in-process, and beside both what the providers really did."""

    def __init__(self, folder: Path, budget: float, output_tokens: int) -> None:
        given_settings = {
            "prices": PRICES, "fallbacks": ["b/m", "a/m"], "retries": 1, "output_tokens": output_tokens,
            "budgets": {"project": budget}, "breaker": {"failures": 1000},
        }  # fmt: skip
        self.budget = budget
        self.desk = Desk(Setup(settings=given_settings, data_dir=str(folder), workspace="/w"))
        runner = HookRunner(self.answer, lambda failure: pytest.fail(str(failure)))
        runner.register("router", [HookEntry(name=name, kind=kind) for name, kind in HOOKS])
        (folder / "session").mkdir()
        self.journal = Journal.create(folder / "session", program="test")
        self.session = Session(journal=self.journal, transcript=Transcript(), workspace="/w", name="s")
        self.calls = Calls(self.session, runner, target_of, Consent(self.session, "a", ("a", "b")))
        self.true: list[tuple[str, Usage]] = []
        """What each attempt that was sent took, as a provider would bill it or as it has to be estimated."""
        self.under_way: dict[str, float] = {}
        """What is expected of each call that is not over."""
        self.last: dict[str, float] = {}
        """By how much each of those costs more that were under way when the last call was sent."""

    async def answer(self, plugin: str, hook: str, arguments: dict[str, Any]) -> Any:
        await trio.lowlevel.checkpoint()
        if hook == "route":
            return self.desk.route(arguments["session"], arguments["ask"])
        if hook == "after_model":
            paid = arguments["paid"]
            self.desk.book(arguments["session"], paid)
            more = (paid.cost or 0.0) - self.under_way.pop(paid.planned.call)
            self.last[paid.planned.call] = max(0.0, more)
            return None
        planned = arguments["planned"]
        refusal = self.desk.admit(arguments["session"], planned, Nobody())  # type: ignore[arg-type]
        if refusal is None:
            assert self.spent <= self.budget + 1e-9, "nothing is sent once it is spent"
            output = planned.most_output or self.desk.settings.output_tokens
            self.under_way[planned.call] = (planned.tokens * planned.price.input + output * planned.price.output) / 1e6
            self.last = dict.fromkeys(self.under_way, 0.0)
        return refusal

    @property
    def spent(self) -> float:
        (row,) = self.desk.ledger.rows("SELECT COALESCE(SUM(cost), 0.0) FROM spent")
        return float(row[0])  # type: ignore[arg-type]

    async def run(self, plan: Plan, plugin: str = "") -> None:
        """One call to whatever end."""
        await trio.sleep(plan.begins)
        said: list[str] = []
        attempts = iter(plan.attempts)
        target = replace(target_of(plan.model), params={"max_tokens": CAP} if plan.tokens % 2 else {})
        ask = Ask(purpose="turn", plugin=plugin, model=plan.model, provider=target.plugin, tokens=plan.tokens)

        async def send(to: Target) -> ModelReply:
            return await self.attempt(to, plan, next(attempts, plan.attempts[-1]), said)

        with trio.move_on_after(plan.patience):
            try:
                await self.calls.make(Need(ask, target, send, lambda: "".join(said)))
            except (PegboardError, OverBudget):
                return

    async def attempt(self, to: Target, plan: Plan, attempt: Attempt, said: list[str]) -> ModelReply:
        estimate = self.session.transcript.estimator.estimate
        place = len(self.true)
        self.true.append((to.name, Usage()))
        try:
            await trio.sleep(attempt.seconds)
            if plan.beside is not None:
                await self.run(plan.beside, "other")
            if attempt.said:
                said.append(attempt.said)
                await trio.sleep(attempt.seconds)
            if attempt.end == "ok":
                self.true[place] = (to.name, attempt.usage)
                message = Message(role=Role.ASSISTANT, parts=(Text(text=attempt.said),))
                return ModelReply(message=message, usage=attempt.usage)
            raise RateLimited("busy", retry_ms=0) if attempt.end == "busy" else Upstream("broke", effect=Effect.NONE)
        except BaseException as error:
            if said or isinstance(error, trio.Cancelled):
                shown = estimate(len("".join(said).encode()))
                self.true[place] = (to.name, Usage(input=plan.tokens, output=shown))
            raise


def target_of(name: str) -> Target:
    return Target(plugin=name.partition("/")[0], model="m", name=name)


def cost(name: str, usage: Usage) -> float:
    """By the list, worked out anew."""
    price = PRICES[name]
    fresh = max(0, usage.input - usage.cached)
    return (
        fresh * price["input"] + usage.cached * price.get("cached", price["input"]) + usage.output * price["output"]
    ) / 1e6


@contextmanager
def opened(budget: float, output_tokens: int) -> Iterator[Books]:
    # The books sync each row, which here is for nobody.
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder, ExitStack() as stack:
        books = Books(Path(folder), budget, output_tokens)
        stack.enter_context(closing(books.desk.ledger))
        stack.enter_context(closing(books.journal))
        yield books


def played(books: Books, plans: list[Plan]) -> None:
    async def all_of_them() -> None:
        async with trio.open_nursery() as nursery:
            for plan in plans:
                nursery.start_soon(books.run, plan)

    trio.run(all_of_them, clock=MockClock(autojump_threshold=0))


USAGES = st.builds(
    lambda total, cached, output: Usage(input=total + cached, output=output, cached=cached),
    st.integers(0, 5000), st.integers(0, 2000), st.integers(0, 3000),
)  # fmt: skip
SECONDS = st.sampled_from([0.0, 0.5, 1.0, 2.0])
ATTEMPTS = st.builds(
    Attempt, SECONDS, st.sampled_from(["", "", "some words", "w" * 500]),
    st.sampled_from(["ok", "ok", "busy", "broke"]), USAGES,
)  # fmt: skip


def plans(beside: st.SearchStrategy[Plan | None]) -> st.SearchStrategy[Plan]:
    return st.builds(
        Plan, SECONDS, st.sampled_from(["a/m", "b/m"]), st.integers(1, 4000),
        st.lists(ATTEMPTS, min_size=1, max_size=4).map(tuple), st.sampled_from([0.7, 1.5, 1000.0, 1000.0]), beside,
    )  # fmt: skip


PLANS = st.lists(plans(st.none() | plans(st.none() | plans(st.none()))), min_size=1, max_size=6)


@settings(max_examples=40)
@given(PLANS)
def test_the_books_are_the_sum_of_what_was_used_for_any_interleaving(made: list[Plan]) -> None:
    with opened(1e9, 1000) as books:
        played(books, made)
        rows = books.desk.ledger.rows("SELECT COUNT(*), SUM(input), SUM(output), SUM(cached), SUM(cost) FROM spent")
        held = books.desk.ledger.rows("SELECT COUNT(*) FROM held")
        spending = books.calls.spending
    total = sum((usage for _, usage in books.true), Usage())
    dollars = sum(cost(name, usage) for name, usage in books.true)
    assert rows[0][:4] == (len(books.true), total.input, total.output, total.cached)
    assert rows[0][4] == pytest.approx(dollars)
    assert held == [(0,)], "nothing is set aside for what is over"
    assert (spending.usage.input, spending.usage.output) == (total.input, total.output)
    assert (spending.cost or 0.0) == pytest.approx(dollars)


@settings(max_examples=40)
@given(PLANS, st.sampled_from([0.2, 0.5, 1.0, 2.0]), st.sampled_from([1, 200, 4000]))
def test_a_budget_is_exceeded_by_what_was_under_way_alone(made: list[Plan], budget: float, expected: int) -> None:
    """However much longer answers are than was expected: once it is spent no further call is sent (see `answer`), and
    where no answer was longer it is not exceeded at all."""
    with opened(budget, expected) as books:
        played(books, made)
        assert books.spent <= budget + sum(books.last.values()) + 1e-9


def test_calls_beside_and_failures_stand_in_the_journal() -> None:
    ok = Attempt(0.0, "", "ok", Usage(input=10, output=1))
    beside = Plan(0.0, "b/m", 5, (ok,), 1000.0)
    broken = Plan(0.0, "a/m", 7, (Attempt(0.0, "half", "broke", Usage()),), 1000.0, beside)
    with opened(1e9, 1000) as books:
        played(books, [broken])
        spent = [line.record for line in read(books.journal.folder) if isinstance(line.record, Spent)]
    assert [(one.plugin, one.outcome, one.usage.input) for one in spent] == [("other", "ok", 10), ("", "UPSTREAM", 7)]
