"""Looks at a job come further and further apart, a failed one is no reason to give up, and there is an end to that."""

from itertools import pairwise

import pytest

from pegboard.cli.batching.waiting import LONGEST_S, MOST_FAILURES, Waiting
from pegboard_sdk.errors import RateLimited, Unauthenticated, Upstream


def test_the_pauses_grow_to_a_minute_and_stay_there():
    waiting = Waiting()
    pauses = [waiting.looked() for _ in range(30)]
    assert 1.5 < pauses[0] <= 2
    assert all(later > earlier * 1.1 for earlier, later in pairwise(pauses[:7]))
    assert all(LONGEST_S * 0.8 <= pause <= LONGEST_S for pause in pauses[12:])


def test_a_lost_connection_is_waited_out_and_a_look_between_begins_anew():
    waiting, lost = Waiting(), Upstream("lost", retry_ms=0)
    for _ in range(3):
        for _ in range(MOST_FAILURES - 1):
            assert waiting.failed(lost) > 0
        waiting.looked()
    for _ in range(MOST_FAILURES - 1):
        waiting.failed(lost)
    with pytest.raises(Upstream):
        waiting.failed(lost)


def test_a_server_that_names_a_time_is_believed():
    assert Waiting().failed(RateLimited("later", retry_ms=90_000)) >= 90


def test_what_no_other_look_will_change_is_raised_at_once():
    with pytest.raises(Unauthenticated):
        Waiting().failed(Unauthenticated("no"))
