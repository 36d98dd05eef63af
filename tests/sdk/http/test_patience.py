"""How often and how long a request is tried again."""

from threading import Event, Thread

from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk import RateLimited, Upstream
from pegboard_sdk.http.patience import MAX_TRIES, MAX_WAIT_S, Patience, pause_s


def pauses(*errors, remaining=None):
    patience = Patience(Event(), lambda: remaining)
    patience.wait = lambda pause: None
    return [patience.next_pause_s(error) for error in errors]


def test_four_tries_are_three_pauses_anywhere_below_a_bound_that_doubles():
    first, second, third, last = pauses(*[Upstream("x", retry_ms=0)] * MAX_TRIES)
    assert 0 <= first <= 1
    assert 0 <= second <= 2
    assert 0 <= third <= 4
    assert last is None


def test_an_error_that_no_repeat_helps_is_final():
    assert pauses(Upstream("x")) == [None]


def test_the_servers_word_counts_but_not_beyond_a_minute():
    (pause,) = pauses(RateLimited("x", retry_ms=7000))
    assert 7 <= pause <= 8.75
    assert pauses(RateLimited("x", retry_ms=61_000)) == [None]


def test_nobody_waits_beyond_the_deadline():
    assert pauses(RateLimited("x", retry_ms=7000), remaining=5.0) == [None]


@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=6))
def test_all_waiting_together_is_bounded(wishes):
    patience = Patience(Event(), lambda: None)
    patience._cut.set()
    total = 0.0
    for wish in wishes:
        pause = patience.next_pause_s(RateLimited("x", retry_ms=wish))
        if pause is None:
            break
        total += pause
        patience.wait(pause)
    assert total <= MAX_WAIT_S


def test_a_cancel_ends_the_waiting():
    cut = Event()
    waiting = Thread(target=Patience(cut, lambda: None).wait, args=(50.0,))
    waiting.start()
    cut.set()
    waiting.join(20)
    assert not waiting.is_alive()


@given(st.integers(1, 4), st.integers(1, 60_000), st.floats(0, 1))
def test_jitter_never_comes_before_the_servers_word(tries, wish, jitter):
    assert wish / 1000 <= pause_s(tries, wish, jitter) <= wish / 1000 * 1.25
    assert pause_s(tries, 0, jitter) == 2.0 ** (tries - 1) * jitter
