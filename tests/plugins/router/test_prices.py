"""Prices are data with a date and a source; a price that nobody knows is none."""

from datetime import date

import pytest

from pegboard_router.prices import BatchRow, Prices
from pegboard_router.settings import Own
from pegboard_sdk import Price, Usage
from pegboard_sdk.wire.modelling import cost_of

PRICES = Prices({})


@pytest.mark.parametrize("row", PRICES.listed.price, ids=lambda row: f"{row.model}-{row.above}")
def test_a_row_says_when_and_where_it_was_read(row) -> None:
    assert date.fromisoformat(row.date) <= date.today()
    assert row.source.startswith("https://")
    assert 0 < row.input <= row.output
    assert row.cached is None or row.cached < row.input
    assert row.written is None or row.written >= row.input


def test_no_model_has_two_prices_for_the_same_prompt() -> None:
    assert len({(row.model, row.above) for row in PRICES.listed.price}) == len(PRICES.listed.price)


@pytest.mark.parametrize(
    "name", ["openai/gpt-5", "gpt-5", "openai/gpt-5-2025-08-07", "anthropic/claude-haiku-4-5-20251001"]
)
def test_a_snapshot_costs_what_its_model_does(name: str) -> None:
    assert PRICES.of(name) is not None


@pytest.mark.parametrize("name", ["", "gpt", "openai/gpt-5-turbo", "my/own", "openai/gpt-5x", "fast"])
def test_what_nobody_knows_has_no_price(name: str) -> None:
    assert PRICES.of(name) is None
    assert cost_of(PRICES.of(name), Usage(input=1000, output=1000)) is None


def test_a_long_prompt_has_a_price_of_its_own() -> None:
    short, long = PRICES.of("claude-haiku-5-5", 1000), PRICES.of("claude-haiku-5-5", 200_000)
    assert short is not None
    assert long is not None
    assert short.input < long.input


def test_a_price_of_the_users_own_counts() -> None:
    prices = Prices({"fast": Own(input=0, output=0), "gpt-5": Own(input=9, output=9)})
    assert prices.of("fast") == Price(input=0, output=0)
    assert prices.of("openai/gpt-5") == Price(input=9, output=9)


def test_cached_and_written_input_cost_what_they_do() -> None:
    price = Price(input=10, output=20, cached=1, written=12.5)
    usage = Usage(input=1_000_000, cached=400_000, written=100_000, output=500_000, reasoning=100_000)
    assert cost_of(price, usage) == pytest.approx(5 + 0.4 + 1.25 + 10)
    assert cost_of(Price(input=10, output=20), usage) == pytest.approx(10 + 10)


def test_prompts_of_a_batch_job_cost_their_share_and_what_nobody_knows_is_unknown() -> None:
    whole, part = PRICES.of("openai/gpt-5"), PRICES.of("openai/gpt-5", in_batch=True)
    assert whole is not None
    assert part is not None
    assert (part.input, part.output, part.cached) == (whole.input / 2, whole.output / 2, (whole.cached or 0) / 2)
    assert PRICES.of("claude-sonnet-5") is not None
    assert PRICES.of("claude-sonnet-5", in_batch=True) is None, "no list says so"


def test_a_users_own_price_has_its_own_share() -> None:
    own = Prices(
        {"m": Own(input=2, output=4, batch=0.25), "gpt-5": Own(input=2, output=4), "n": Own(input=2, output=4)}
    )
    assert own.of("openai/m", in_batch=True) == Price(input=0.5, output=1.0)
    assert own.of("gpt-5", in_batch=True) == Price(input=1.0, output=2.0)
    assert own.of("n", in_batch=True) is None
    assert own.of("n") == Price(input=2, output=4)


@pytest.mark.parametrize("row", PRICES.listed.batch, ids=lambda row: row.models[0])
def test_every_share_has_a_date_and_a_source(row: BatchRow) -> None:
    assert 0 < row.share < 1
    assert date.fromisoformat(row.date) <= date.today()
    assert row.source.startswith("https://")
