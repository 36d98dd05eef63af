"""A circuit opens after so many failures in so long, tries one call after a while, and its table is whole."""

from hypothesis import given
from hypothesis import strategies as st

from pegboard_router.breaker import NEXT, Circuit, Event, State
from pegboard_router.settings import BreakerSettings

SETTINGS = BreakerSettings(failures=3, window_s=60, open_s=30)


def failed(*times: float) -> Circuit:
    circuit = Circuit(SETTINGS)
    for at in times:
        circuit.failed(at)
    return circuit


def test_the_table_knows_every_state_and_event() -> None:
    assert set(NEXT) == {(state, event) for state in State for event in Event}


def test_it_opens_at_the_third_failure_within_the_window() -> None:
    assert failed(0, 1).lets_through(2)
    circuit = failed(0, 1, 2)
    assert not circuit.lets_through(2)
    assert circuit.opens_in(2) == 30
    assert not circuit.lets_through(31.9)
    assert failed(0, 40, 80).state(80) is State.CLOSED


def test_after_a_while_one_call_decides() -> None:
    circuit = failed(0, 1, 2)
    assert circuit.state(32) is State.HALF
    circuit.failed(33)
    assert circuit.state(33) is State.OPEN
    assert circuit.state(63) is State.HALF
    circuit.worked(64)
    assert circuit.state(64) is State.CLOSED
    circuit.failed(65)
    assert circuit.lets_through(65), "what was before is forgotten"


def test_a_call_from_before_does_not_close_it() -> None:
    circuit = failed(0, 1, 2)
    circuit.worked(3)
    assert circuit.state(3) is State.OPEN


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=60))
def test_it_never_opens_without_three_failures_in_the_window(steps: list[tuple[float, bool]]) -> None:
    circuit, now, failures = Circuit(SETTINGS), 0.0, list[float]()
    for pause, fine in steps:
        now += pause
        before = circuit.state(now)
        if fine:
            circuit.worked(now)
        else:
            circuit.failed(now)
            failures.append(now)
        if circuit.state(now) is State.OPEN and before is State.CLOSED:
            assert len(failures) >= 3
            assert now - failures[-3] <= 60
        assert circuit.opens_in(now) <= 30.001
