"""What a model costs: list prices that come with the plugin, with date and source, below prices of the user's own."""

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_router.settings import Own
from pegboard_sdk import Price

SNAPSHOT: Final = re.compile(r"-(20\d\d-\d\d-\d\d|20\d{6}|latest)$")


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list price; `above` so many tokens of prompt."""

    model: str
    input: float
    output: float
    cached: float | None = None
    written: float | None = None
    above: int = 0
    date: str
    source: str


class BatchRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The share of its list price that a prompt of a batch job costs, of models whose ids begin so."""

    models: tuple[str, ...]
    share: float
    date: str
    source: str


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    price: tuple[Row, ...]
    batch: tuple[BatchRow, ...]


class Prices:
    """Finds prices. `own` are the user's, by a model's name or its id."""

    def __init__(self, own: dict[str, Own]) -> None:
        self._own = own

    @cached_property
    def listed(self) -> _Table:
        """The list prices, read when first needed."""
        text = Path(__file__).with_name("prices.toml").read_text("utf-8")
        return msgspec.convert(tomllib.loads(text), _Table)

    def of(self, name: str, tokens: int = 0, *, in_batch: bool = False) -> Price | None:
        """The price of a model for a prompt of so many tokens; None when nobody knows it."""
        model = name.partition("/")[2] or name
        own = self._own.get(name) or self._own.get(model)
        row = own or self.row(model, tokens)
        if row is None:
            return None
        share = self._share(model, own) if in_batch else 1.0
        return None if share is None else _part(share, row)

    def row(self, model: str, tokens: int = 0) -> Row | None:
        """The list price of a provider's id, or of the model that it is a snapshot of."""
        named = {model, SNAPSHOT.sub("", model)}
        fitting = [row for row in self.listed.price if row.model in named and tokens >= row.above]
        return max(fitting, key=lambda row: row.above, default=None)

    def _share(self, model: str, own: Own | None) -> float | None:
        if own is not None and own.batch is not None:
            return own.batch
        return next((row.share for row in self.listed.batch if model.startswith(row.models)), None)


def _part(share: float, row: Row | Own) -> Price:
    def part(price: float | None) -> float | None:
        return None if price is None else share * price

    return Price(input=share * row.input, output=share * row.output, cached=part(row.cached), written=part(row.written))
