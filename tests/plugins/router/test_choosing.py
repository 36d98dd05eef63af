"""A router falls back by kinds of failure, never to an open circuit, and leaves alone what a person chose."""

from hypothesis import given
from hypothesis import strategies as st

from pegboard_router.choosing import FAULTS, REMEDIES, Rate, Router
from pegboard_router.prices import Prices
from pegboard_router.settings import Settings
from pegboard_sdk import Ask, Choice, Failed, Paid, Planned, Signals
from pegboard_sdk.errors import error_types

AUTO = Settings(mode="auto")
MINI, FULL, NANO = "openai/gpt-5-mini", "openai/gpt-5", "openai/gpt-5-nano"


def ask(model: str = FULL, *failures: Failed, **more: object) -> Ask:
    return Ask(model=model, provider="openai", failures=failures, **more)  # type: ignore[arg-type]


def failed(model: str, code: str = "UPSTREAM", retry_ms: int | None = None) -> Failed:
    return Failed(model=model, provider="openai", code=code, retry_ms=retry_ms)


def paid(model: str, outcome: str) -> Paid:
    return Paid(planned=Planned(call="c", model=model, provider="openai"), outcome=outcome)


def router(settings: Settings = AUTO, **more: object) -> Router:
    return Router(settings, Prices(settings.prices), **more)  # type: ignore[arg-type]


def chosen(choice: Choice | None, asked: Ask) -> str:
    assert choice is not None
    return choice.model or asked.model


def test_the_asked_model_is_kept_unless_tiers_are_wanted() -> None:
    assert chosen(router(Settings()).choose(ask(), 0), ask()) == FULL
    assert chosen(router().choose(ask(), 0), ask()) == MINI
    assert chosen(router().choose(ask(pinned=True), 0), ask()) == FULL


def test_trouble_goes_to_a_higher_tier_and_says_why() -> None:
    choice = router().choose(ask(MINI, signals=Signals(tools_failed=2)), 0)
    assert choice is not None
    assert (choice.model, choice.reason) == (FULL, "thinker: 2 tools failed in a row")
    assert choice.price is not None


def test_a_plugins_wish_is_heard_in_either_mode() -> None:
    asked = ask(tier="scout", plugin="compact")
    assert chosen(router(Settings()).choose(asked, 0), asked) == NANO


def test_a_tier_that_does_badly_here_is_begun_above() -> None:
    poor = router(rate_of=lambda model: Rate(10, 6) if model == MINI else Rate())
    choice = poor.choose(ask(MINI), 0)
    assert choice is not None
    assert choice.model == FULL
    assert "did badly here in 6 of 10 turns" in choice.reason
    assert chosen(router(rate_of=lambda model: Rate(4, 4)).choose(ask(MINI), 0), ask(MINI)) == MINI


def test_the_users_fallbacks_come_first_and_each_is_tried_once() -> None:
    settings = Settings(fallbacks=("other/a", FULL))
    made, failures = router(settings), [failed(MINI)]
    for expected in ("other/a", FULL, "openai/gpt-5.4", NANO):
        choice = made.choose(ask(MINI, *failures), 0)
        assert chosen(choice, ask(MINI)) == expected
        failures.append(failed(expected))
    assert made.choose(ask(MINI, *failures), 0) is None


def test_the_same_again_only_where_it_may_help_and_only_so_often() -> None:
    made = router(Settings(retries=1, fallbacks=("other/a",)))
    again = made.choose(ask(FULL, failed(FULL, "RATE_LIMITED", 1500)), 0)
    assert again is not None
    assert (again.model, again.wait_ms) == ("", 1500)
    twice = (failed(FULL, "RATE_LIMITED"), failed(FULL, "RATE_LIMITED"))
    assert chosen(made.choose(ask(FULL, *twice), 0), ask()) == "other/a"
    assert chosen(made.choose(ask(FULL, failed(FULL, "TOO_LARGE")), 0), ask()) == "other/a"
    assert made.choose(ask(FULL, failed(FULL, "INVALID_PARAMS")), 0) is None


def test_every_code_of_the_tables_exists() -> None:
    assert set(REMEDIES) | FAULTS <= set(error_types())


def test_nobody_else_there_means_waiting_for_the_circuit() -> None:
    made = router(Settings())
    for _ in range(3):
        made.learn(paid("own/model", "UPSTREAM"), 100)
    alone = Ask(model="own/model", provider="own")
    choice = made.choose(alone, 100)
    assert choice is not None
    assert (choice.model, choice.wait_ms) == ("", 30_001)
    assert made.states(100) == {"own/model": "open"}


def test_a_wrong_request_opens_no_circuit() -> None:
    made = router()
    for _ in range(9):
        made.learn(paid(FULL, "INVALID_PARAMS"), 0)
        made.learn(paid(FULL, "CANCELLED"), 0)
    assert made.states(0) == {}


MODELS = st.sampled_from([NANO, MINI, FULL, "openai/gpt-5.4", "other/a", "other/b"])
CODES = st.sampled_from(["ok", *sorted(FAULTS), "TOO_LARGE", "INVALID_PARAMS"])
STEPS = st.lists(st.tuples(st.floats(0, 20), MODELS, CODES), max_size=40)
SETTINGS = st.builds(
    Settings,
    mode=st.sampled_from(["fixed", "auto"]),
    fallbacks=st.lists(MODELS, max_size=3).map(tuple),
    retries=st.integers(0, 2),
)


@given(SETTINGS, STEPS, MODELS, st.lists(st.tuples(MODELS, CODES), max_size=4), st.booleans())
def test_it_never_routes_to_an_open_circuit(settings, steps, model, failures, pinned) -> None:
    made, now = router(settings), 0.0
    for pause, each, outcome in steps:
        now += pause
        made.learn(paid(each, outcome), now)
        before = tuple(failed(name, code) for name, code in failures if code != "ok")
        for asked in (ask(model, pinned=pinned), ask(model, *before, pinned=pinned)):
            choice = made.choose(asked, now)
            if choice is not None:
                when = now + choice.wait_ms / 1000
                assert made.states(when).get(choice.model or asked.model) != "open"
