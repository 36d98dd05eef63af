"""A spawner that runs commands in a folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import supervised


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[supervised.Supervised]:
    bench = supervised.Supervised(tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def marked() -> supervised.Marked:
    return supervised.Marked()


@pytest.fixture
def step():
    return supervised.step


@pytest.fixture
def plan():
    return supervised.plan
