"""The status line fits on every screen: what matters least is left out, and nothing is wrapped."""

from hypothesis import given
from hypothesis import strategies as st

from pegboard_sdk.wire.fronting import Status
from pegboard_terminal.live import status_row
from pegboard_terminal.rows import Canvas, Colours, width_of
from pegboard_terminal.status import fitted, parts, tokens
from pegboard_terminal.theme import THEMES, Role

FULL = Status(
    session="s", model="openai/gpt-5", effort="high", mode="auto", tier="T0", context_used=120_000,
    context_size=128_000,
    cost=0.1234, plugins=("files", "shell", "search", "openai"), title="Repair the basket", fronts=2,
)  # fmt: skip


def words(width: int, status: Status = FULL) -> str:
    return " · ".join(part.text for part in fitted(parts(status), width))


def test_a_wide_screen_has_everything() -> None:
    assert words(200) == (
        "auto · gpt-5 high · 94% of 128k · $0.12 · sandbox off · 2 attached · 4 plugins · Repair the basket"
    )


def test_narrow_screens_drop_what_matters_least() -> None:
    assert words(80) == "auto · gpt-5 high · 94% of 128k · $0.12 · sandbox off · Repair the basket"
    assert words(40) == "auto · gpt-5 high · sandbox off"
    assert words(12) == "sandbox off"


@given(st.integers(0, 250), st.text(max_size=60), st.text(max_size=60))
def test_no_width_is_too_small(width: int, model: str, title: str) -> None:
    status = Status(session="s", model=model, title=title, mode="ask", tier="T1f", context_used=5)
    canvas = Canvas(THEMES["dark"], Colours.TRUE, max(width, 10))
    assert width_of(status_row(status, "", canvas)) < canvas.width


def test_a_full_context_and_missing_walls_are_warnings() -> None:
    roles = {part.text: part.role for part in parts(FULL)}
    assert roles["94% of 128k"] is Role.WARN
    assert roles["sandbox off"] is Role.BAD


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert parts(Status(session="s", tier="T1f")) == []


def test_tokens_are_short() -> None:
    assert [tokens(count) for count in (940, 9_400, 94_000, 999_400, 1_200_000)] == [
        "940",
        "9.4k",
        "94k",
        "999k",
        "1.2M",
    ]
