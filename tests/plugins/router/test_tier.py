"""A tier follows from what happened, and from no words."""

import pytest

from pegboard_router.tier import LONG, Tier, above, tier_of
from pegboard_sdk import Ask, Signals


def wanted(start: Tier = Tier.CODER, **more: object) -> Tier:
    ask = Ask(model="m", provider="p", **more)  # type: ignore[arg-type]
    return tier_of(ask, start=start).tier


@pytest.mark.parametrize(
    ("signals", "tokens", "tier"),
    [
        (Signals(), 0, Tier.CODER),
        (Signals(tools_failed=1), 0, Tier.CODER),
        (Signals(tools_failed=2), 0, Tier.THINKER),
        (Signals(tools_failed=9), 0, Tier.REASONER),
        (Signals(files_written=3), 0, Tier.THINKER),
        (Signals(images=1, cut=True), 0, Tier.REASONER),
        (Signals(tools_run=50), LONG, Tier.CODER),
        (Signals(), LONG + 1, Tier.THINKER),
    ],
)
def test_trouble_raises_the_tier(signals: Signals, tokens: int, tier: Tier) -> None:
    assert wanted(signals=signals, tokens=tokens) is tier


def test_a_plugins_wish_counts_as_it_is_and_a_misspelt_one_is_the_start() -> None:
    assert wanted(tier="scout", plugin="compact", signals=Signals(tools_failed=9)) is Tier.SCOUT
    assert wanted(tier="genius", plugin="compact") is Tier.CODER


def test_the_reason_names_the_signal() -> None:
    said = tier_of(Ask(model="m", provider="p", signals=Signals(tools_failed=4)), start=Tier.SCOUT)
    assert (said.tier, said.why) == (Tier.THINKER, "4 tools failed in a row")


def test_above_is_nearest_first() -> None:
    assert above(Tier.CODER) == (Tier.THINKER, Tier.REASONER)
    assert above(Tier.REASONER) == ()
