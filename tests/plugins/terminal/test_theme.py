"""Every theme names its styles in words that rich knows, and a wish for no colours is obeyed."""

import re

import pytest
from rich.style import Style

from pegboard_sdk.wire.records import Failure
from pegboard_terminal.items import Trouble, drawn
from pegboard_terminal.rows import Canvas, Colours, colours_of
from pegboard_terminal.theme import THEMES, Role, Theme, theme_named

TROUBLE = Trouble(Failure(code="UPSTREAM", message="no"))


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_style_can_be_drawn(theme: Theme) -> None:
    for role in Role:
        Style.parse(theme.style(role) or "none")
    if theme.name != "plain":
        assert set(theme.styles) == set(Role)


@pytest.mark.parametrize(
    ("environ", "name", "colours"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "light", Colours.TRUE),
        ({"TERM": "xterm-256color"}, "light", Colours.MANY),
        ({"TERM": "linux"}, "light", Colours.BASIC),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "plain", Colours.NONE),
        ({"TERM": "dumb"}, "none", Colours.NONE),
        ({}, "none", Colours.NONE),
    ],
)
def test_the_environment_is_obeyed(environ: dict[str, str], name: str, colours: Colours) -> None:
    assert theme_named("light", environ).name == name
    assert colours_of(environ) is colours


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_what_stands_on_a_ground_of_ours_has_a_colour_of_ours(theme: Theme) -> None:
    """The terminal's own may be the ground's: dark themes are the default on light terminals, too."""
    styles = {role: Style.parse(theme.style(role) or "none") for role in Role}
    assert [role for role, style in styles.items() if style.bgcolor and not style.color] == []


def test_an_unknown_theme_is_the_default() -> None:
    assert theme_named("lihgt", {"TERM": "xterm"}).name == "dark"


def test_without_colours_only_weights_are_written() -> None:
    canvas = Canvas(theme_named("dark", {"TERM": "xterm", "NO_COLOR": "1"}), Colours.NONE, 80)
    written = canvas.ansi(drawn(TROUBLE, canvas))
    assert not re.search(r"\x1b\[[0-9;]*[34][0-9]", written)


def test_a_dumb_terminal_is_sent_no_escape_at_all() -> None:
    canvas = Canvas(theme_named("dark", {}), Colours.NONE, 80)
    assert "\x1b" not in canvas.ansi(drawn(TROUBLE, canvas))
