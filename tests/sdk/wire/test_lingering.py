"""The short wait before sleep: it finds what is there, gives up in time, and is tried less often where it fails."""

import os
import time
from collections.abc import Iterator

import pytest

from pegboard_sdk.wire.lingering import LONGEST_STREAK, LOST_SECONDS, MOST_SKIPPED, SHORTEST_SLEEP, Lingering


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    yield readable, writable
    os.close(readable)
    os.close(writable)


def tried(lingering: Lingering, writable: int) -> int:
    """How many waits are skipped although something is there, until one finds it."""
    os.write(writable, b"x")
    skipped = 0
    while lingering.read() != b"x":
        skipped += 1
    return skipped


def test_what_is_there_is_found_at_once(pipe: tuple[int, int]) -> None:
    lingering = Lingering(pipe[0])
    os.write(pipe[1], b"abc")
    assert lingering.read() == b"abc"


def test_it_gives_up_when_nothing_comes(pipe: tuple[int, int]) -> None:
    began = time.process_time()
    assert Lingering(pipe[0]).read() == b""
    assert time.process_time() - began < 0.1


def test_each_failure_makes_it_rarer_up_to_a_limit_and_one_success_mends_that(pipe: tuple[int, int]) -> None:
    lingering = Lingering(pipe[0])
    assert lingering.read() == b""
    assert tried(lingering, pipe[1]) == 2
    for _ in range(2**10):
        assert lingering.read() == b""
    assert tried(lingering, pipe[1]) <= 2**MOST_SKIPPED


def test_the_end_of_the_channel_stays_to_be_found() -> None:
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.close(writable)
    lingering = Lingering(readable)
    assert lingering.read() == b""
    assert os.read(readable, 1) == b""
    os.close(readable)


def test_other_tasks_get_their_turn_after_a_streak(pipe: tuple[int, int]) -> None:
    lingering = Lingering(pipe[0])
    os.write(pipe[1], b"x" * 10 * LONGEST_STREAK)
    in_a_row = 0
    for _ in range(10 * LONGEST_STREAK):
        in_a_row += lingering.read(1) == b"x"
        if lingering.is_others_turn():
            in_a_row = 0
        assert in_a_row < LONGEST_STREAK


@pytest.mark.parametrize("naps", [True, False])
def test_where_others_keep_the_core_it_is_not_given_up_again_for_a_while(
    naps: bool,
    pipe: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lingering = Lingering(pipe[0], naps=naps)
    yields = 0

    def slow() -> None:
        nonlocal yields
        yields += 1
        time.sleep(2 * LOST_SECONDS)

    monkeypatch.setattr(os, "sched_yield", slow)
    os.write(pipe[1], b"x" * SHORTEST_SLEEP * 2)
    assert lingering.read(1) == b"x"
    found = [lingering.read(1) for _ in range(SHORTEST_SLEEP)]
    assert yields == 1
    assert (b"x" in found) is naps
