"""Four racers at once, through the real gate and the files plugin: see `tests/tools/racing.py`."""

import os
import sys

import pytest
from racing import USES, race

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 exchanges names on Linux only")


def test_whatever_is_swapped_meanwhile_nothing_outside_is_reached() -> None:
    found = race(tries=100_000, seconds=40 if os.environ.get("CI") else 4)
    assert found["tries"] > 10 * len(USES)
    assert found["done"]
    assert found["refused"]
    assert found["escape"] == 0
