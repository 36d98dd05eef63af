"""A swap between the check and the start runs nothing that was not accepted."""

import sys

import pytest
from swapping import race

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs renameat2")


def test_no_swap_between_check_and_start_runs_what_was_not_accepted(places) -> None:
    counts = race(places, 200)
    assert counts["evil"] == 0, counts
    assert counts["refused by the check"] + counts["refused at import"] > 0, counts
    assert counts.total() == 200
