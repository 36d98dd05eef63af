"""The books hold the sum of what was used, whatever order things happen in, and budgets hold with calls under way."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pegboard_router.budget import Scope, estimate, scopes_of
from pegboard_router.choosing import Rate
from pegboard_router.ledger import HELD_S, Ledger
from pegboard_router.settings import Budgets, Settings
from pegboard_sdk import Paid, Planned, Price, Usage
from pegboard_sdk.wire.modelling import cost_of

AT = datetime(2026, 5, 17, 12, tzinfo=UTC)
PRICE = Price(input=1.0, output=4.0, cached=0.1, written=1.25)
DAY = Scope("day", "2026-05-17", 1.0)


class Clock:
    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    made = Ledger(tmp_path / "ledger.sqlite", team="red", now=clock)
    yield made
    made.close()


def planned(call: str, **more: object) -> Planned:
    return Planned(call=call, model="openai/gpt-5", provider="openai", workspace="/w", price=PRICE, **more)  # type: ignore[arg-type]


def paid(call: str, cost: float | None, usage: Usage = Usage(input=10, output=1), outcome: str = "ok") -> Paid:  # noqa: B008
    return Paid(planned=planned(call), usage=usage, cost=cost, outcome=outcome)


def held(ledger: Ledger, call: str, cost: float | None, *scopes: Scope, session: str = "s", fits: bool = True) -> bool:
    return ledger.hold(session, planned(call), scopes or (DAY,), cost, unknown_fits=fits) is None


def test_a_row_can_be_neither_changed_nor_taken_away(ledger: Ledger) -> None:
    ledger.book("s", paid("1", 0.5))
    for change in ("UPDATE spent SET cost = 0", "DELETE FROM spent"):
        with pytest.raises(sqlite3.IntegrityError, match="rows stay"):
            ledger.rows(change)
    assert ledger.spent(DAY) == 0.5


def test_a_call_is_booked_once(ledger: Ledger) -> None:
    ledger.book("s", paid("1", 0.5))
    ledger.book("s", paid("1", 0.5))
    assert ledger.rows("SELECT COUNT(*), SUM(input) FROM spent") == [(1, 10)]


def test_what_is_set_aside_counts_until_the_call_is_over(ledger: Ledger) -> None:
    assert held(ledger, "1", 0.6)
    assert not held(ledger, "2", 0.6)
    ledger.book("s", paid("1", 0.1))
    assert held(ledger, "2", 0.6)


def test_a_call_that_died_with_its_process_counts_for_an_hour(ledger: Ledger, clock: Clock) -> None:
    assert held(ledger, "1", 0.9)
    clock.at += timedelta(seconds=HELD_S - 1)
    assert not held(ledger, "2", 0.9)
    clock.at += timedelta(seconds=2)
    assert held(ledger, "3", 0.9)


def test_what_a_batch_job_may_cost_is_set_aside_until_it_is_over(ledger: Ledger, clock: Clock) -> None:
    job = planned("job", batch=100, tokens=1000, most_output=10)
    cost = estimate(PRICE, job, 8192)
    assert cost == pytest.approx((1000 * 1.25 + 100 * 10 * 4.0) / 1e6)
    assert ledger.hold("s", job, (DAY,), 0.9, unknown_fits=True) is None
    clock.at += timedelta(days=3)
    assert not held(ledger, "2", 0.9), "an hour is not enough for it"
    ledger.book("other", Paid(planned=job, usage=Usage(input=1000, output=900), cost=0.2))
    assert held(ledger, "2", 0.9)


def test_each_budget_counts_its_own(ledger: Ledger, clock: Clock) -> None:
    limits = Settings(budgets=Budgets(session=1, day=2, month=3, project=10, team=20), team="red")
    for day, session, fits in [
        (0, "a", True),
        (0, "a", False),
        (0, "b", True),
        (0, "c", False),
        (1, "c", True),
        (1, "d", False),
    ]:
        clock.at = AT + timedelta(days=day)
        scopes = scopes_of(limits, session, planned("x"), clock.at)
        assert (ledger.hold(session, planned(f"{day}{session}"), scopes, 0.9, unknown_fits=True) is None) is fits
        if fits:
            ledger.book(session, paid(f"{day}{session}", 0.9))
    clock.at = AT + timedelta(days=20)
    assert (
        ledger.hold("e", planned("e"), scopes_of(limits, "e", planned("x"), clock.at), 0.9, unknown_fits=True) is None
    )
    assert ledger.spent(Scope("team", "red", 20)) == pytest.approx(2.7)
    assert ledger.spent(Scope("team", "blue", 20)) == 0
    assert ledger.spent(Scope("month", "2026-05", 20)) == pytest.approx(2.7)


def test_a_runs_own_limit_counts_its_calls_under_way(ledger: Ledger) -> None:
    run = planned("1", spent=0.5, limit=1.0)
    scopes = scopes_of(Settings(), "s", run, AT)
    assert ledger.hold("s", run, scopes, 0.3, unknown_fits=True) is None
    assert ledger.hold("s", planned("2", spent=0.5, limit=1.0), scopes, 0.3, unknown_fits=True) is not None


def test_an_unknown_price_is_no_zero(ledger: Ledger) -> None:
    assert estimate(None, planned("1"), 100) is None
    assert not held(ledger, "1", None, fits=False)
    assert held(ledger, "1", None)
    ledger.book("s", paid("1", None))
    assert ledger.rows("SELECT cost FROM spent") == [(None,)]
    ledger.book("s", paid("2", 1.0))
    assert not held(ledger, "3", None), "a budget that is spent takes no call"


def test_it_is_raised_once(ledger: Ledger) -> None:
    ledger.book("s", paid("1", 0.9))
    assert not held(ledger, "2", 0.5)
    ledger.raise_once(DAY)
    ledger.raise_once(DAY)
    assert ledger.is_raised(DAY)
    assert held(ledger, "2", 1.0)
    assert not held(ledger, "3", 0.5)


def test_judgements_fade_and_stay_few(ledger: Ledger) -> None:
    for _ in range(70):
        ledger.judge("/w", "m", bad=True)
    bad = ledger.rate("/w", "m")
    assert bad.turns <= 64
    assert bad.is_poor
    for _ in range(70):
        ledger.judge("/w", "m", bad=False)
    assert not ledger.rate("/w", "m").is_poor
    assert ledger.rate("/other", "m").turns == 0


@pytest.mark.parametrize("booked", [False, True])
def test_judgements_are_written_with_the_next_call_or_at_the_end(tmp_path: Path, booked: bool) -> None:
    with closing(Ledger(tmp_path / "one.sqlite")) as ledger, closing(Ledger(tmp_path / "one.sqlite")) as other:
        ledger.judge("/w", "m", bad=True)
        assert other.rate("/w", "m").turns == 0
        if booked:
            ledger.book("s", paid("1", 0.1))
            assert other.rate("/w", "m") == ledger.rate("/w", "m") == Rate(1, 1)
    with closing(Ledger(tmp_path / "one.sqlite")) as again:
        assert again.rate("/w", "m") == Rate(1, 1)


USAGES = st.builds(
    Usage,
    input=st.integers(0, 10**6),
    output=st.integers(0, 10**5),
    cached=st.integers(0, 10**5),
    reasoning=st.integers(0, 10**4),
    written=st.integers(0, 10**4),
)
ENDS = st.sampled_from(["ok", "CANCELLED", "RATE_LIMITED", "UPSTREAM", "never"])
CALLS = st.lists(
    st.tuples(
        st.sampled_from(["openai", "anthropic"]), st.sampled_from(["", "compact"]), USAGES, ENDS, st.integers(0, 1)
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(CALLS, st.randoms(use_true_random=False))
def test_the_books_are_the_sum_of_the_usages_for_any_interleaving(calls, random) -> None:
    """Two processes' ledgers on one file; calls begin, end, fail, are cancelled and are told twice in any order."""
    with TemporaryDirectory() as folder, ExitStack() as opened:
        ledgers = [opened.enter_context(closing(Ledger(Path(folder, "l.sqlite")))) for _ in range(2)]
        events = [
            (at, what) for at, call in enumerate(calls) for what in ("begin", "end", *(["end"] if call[4] else []))
        ]
        random.shuffle(events)
        ended, total, dollars = set[int](), Usage(), 0.0
        for at, what in events:
            provider, plugin, usage, end, _ = calls[at]
            plan = Planned(call=str(at), model=f"{provider}/m", provider=provider, plugin=plugin, workspace="/w")
            ledger = random.choice(ledgers)
            if what == "begin":
                ledger.hold("s", plan, (Scope("day", "x", 1e9),), 1.0, unknown_fits=True)
            elif end != "never":
                cost = cost_of(PRICE, usage)
                assert cost is not None
                ledger.book("s", Paid(planned=plan, usage=usage, cost=cost, outcome=end))
                if at not in ended:
                    total, dollars = total + usage, dollars + cost
                ended.add(at)
        columns = "input), SUM(output), SUM(cached), SUM(reasoning), SUM(written), SUM(cost"
        (row,) = ledgers[0].rows(f"SELECT COUNT(*), SUM({columns}) FROM spent")
    assert row[0] == len(ended)
    sums = [value or 0 for value in row[1:]]
    assert sums[:5] == [total.input, total.output, total.cached, total.reasoning, total.written]
    assert sums[5] == pytest.approx(dollars)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0.001, 0.5), st.floats(0, 1.0)), max_size=30), st.randoms(use_true_random=False))
def test_a_budget_is_never_exceeded_where_estimates_hold(calls, random) -> None:
    """At any moment, what is spent and what the calls under way may still cost fit into the budget."""
    with TemporaryDirectory() as folder, closing(Ledger(Path(folder, "l.sqlite"), now=lambda: AT)) as ledger:
        under_way: list[tuple[str, float, float]] = []
        for at, (most, share) in enumerate(calls):
            if held(ledger, str(at), most):
                under_way.append((str(at), most, share))
            assert ledger.spent(DAY) + sum(cost for _, cost, _ in under_way) <= DAY.limit + 1e-6
            if under_way and random.random() < 0.5:
                call, cost, used = under_way.pop(random.randrange(len(under_way)))
                ledger.book("s", paid(call, cost * used))
        for call, cost, used in under_way:
            ledger.book("s", paid(call, cost * used))
        assert ledger.spent(DAY) <= DAY.limit + 1e-6


@settings(max_examples=25)
@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=20))
def test_where_an_estimate_was_too_low_no_further_call_is_made(costs: list[float]) -> None:
    """One call at a time, each of which may cost more than was expected: only the last one exceeds the budget."""
    with TemporaryDirectory() as folder, closing(Ledger(Path(folder, "l.sqlite"), now=lambda: AT)) as ledger:
        before = 0.0
        for at, cost in enumerate(costs):
            before = ledger.spent(DAY)
            if not held(ledger, str(at), 0.01):
                break
            assert before <= DAY.limit
            ledger.book("s", paid(str(at), cost))
        assert before <= DAY.limit or not held(ledger, "more", 0.01)


def test_of_many_at_once_no_more_begin_than_fit(tmp_path: Path) -> None:
    begun: list[str] = []
    ledgers = [Ledger(tmp_path / "l.sqlite", now=lambda: AT) for _ in range(4)]

    def session(number: int) -> None:
        for at in range(10):
            if held(ledgers[number], f"{number}-{at}", 0.1, session=str(number)):
                begun.append(f"{number}-{at}")

    threads = [threading.Thread(target=session, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ledger in ledgers:
        ledger.close()
    assert len(begun) == 10
