"""The table of states, walked."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from pegboard.breaker import MOST_CRASHES, WINDOW_S, Breaker
from pegboard.lifecycle import FINAL, TRANSITIONS, Event, State, follow


def reachable(start: State) -> set[State]:
    found = {start}
    pending = [start]
    while pending:
        state = pending.pop()
        fresh = {follow(state, event) for event in Event} - found
        found |= fresh
        pending += fresh
    return found


def test_every_state_is_reached_from_the_first():
    assert reachable(State.SPAWNING) == set(State)


def test_final_states_have_no_exit_and_all_others_reach_one():
    for state, event in product(State, Event):
        if state in FINAL:
            assert follow(state, event) is state
        else:
            assert reachable(state) & FINAL


def test_an_exit_ends_every_state():
    assert all(follow(state, Event.EXITED) in FINAL for state in State)


def test_only_a_process_that_was_asked_to_stop_closes():
    assert {state for (state, _), to in TRANSITIONS.items() if to is State.CLOSED} == {State.SPAWNING, State.DRAINING}


def test_three_crashes_in_five_minutes_open_the_circuit_until_the_first_is_forgotten():
    breaker = Breaker()
    for when in (0.0, 10.0, 20.0):
        assert not breaker.is_open(when)
        breaker.crashed(when, "boom")
    assert breaker.is_open(20.0)
    assert breaker.is_open(WINDOW_S - 1)
    assert not breaker.is_open(WINDOW_S)


def test_a_person_closes_the_circuit():
    breaker = Breaker()
    for when in (0.0, 1.0, 2.0):
        breaker.crashed(when, "boom")
    breaker.forget()
    assert not breaker.is_open(2.0)
    assert breaker.earliest(2.0) == 2.0


def test_the_delay_doubles_with_each_crash():
    breaker = Breaker()
    assert breaker.earliest(7.0) == 7.0
    breaker.crashed(7.0, "boom")
    assert breaker.earliest(7.0) == 7.25
    breaker.crashed(8.0, "boom")
    assert breaker.earliest(8.0) == 8.5


@given(st.lists(st.floats(0, 1000), max_size=30).map(sorted))
def test_no_window_of_five_minutes_ever_has_more_starts_than_crashes_are_allowed(times: list[float]):
    breaker = Breaker()
    starts: list[float] = []
    for now in times:
        if not breaker.is_open(now) and breaker.earliest(now) <= now:
            starts.append(now)
            breaker.crashed(now, "boom")
    for first in starts:
        assert sum(first <= when < first + WINDOW_S for when in starts) <= MOST_CRASHES
