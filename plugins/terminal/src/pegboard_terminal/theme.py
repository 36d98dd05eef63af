"""How things look, as data: a theme names a style for each role. Pure.

The styles are rich's words. Only roles stand in the code that lays out, so that a theme is complete where it is a row
here and `test_theme` says so.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct


class Role(Enum):
    """What a piece of text is."""

    PROMPT = "prompt"
    USER = "user"
    DIM = "dim"
    ACCENT = "accent"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    TOOL = "tool"
    HEADING = "heading"
    CODE = "code"
    LINK = "link"
    QUOTE = "quote"
    ADDED = "added"
    REMOVED = "removed"
    HUNK = "hunk"
    STATUS = "status"
    MENU = "menu"
    CHOSEN = "chosen"


class Theme(Struct, frozen=True):
    """A style for each role, and the colours of code: a name of pygments, or one of rich's two that use the
    terminal's own colours."""

    name: str
    styles: Mapping[Role, str]
    code: str

    def style(self, role: Role) -> str:
        """The style's words; empty where the theme gives a role no looks."""
        return self.styles.get(role, "")


_DARK: Final = {
    Role.PROMPT: "bold #d7875f", Role.USER: "bold", Role.DIM: "#8a8a8a", Role.ACCENT: "#87afd7",
    Role.GOOD: "#87af87", Role.BAD: "#ff8787", Role.WARN: "#d7af5f", Role.TOOL: "#87afd7",
    Role.HEADING: "bold #d7875f", Role.CODE: "#d7af87", Role.LINK: "underline #87afd7", Role.QUOTE: "italic #a8a8a8",
    Role.ADDED: "#e4e4e4 on #1d3a25", Role.REMOVED: "#e4e4e4 on #45242a", Role.HUNK: "#87afd7",
    Role.STATUS: "#8a8a8a", Role.MENU: "#bcbcbc", Role.CHOSEN: "bold #d7875f",
}  # fmt: skip
_LIGHT: Final = {
    Role.PROMPT: "bold #af5f00", Role.USER: "bold", Role.DIM: "#6c6c6c", Role.ACCENT: "#005faf",
    Role.GOOD: "#007000", Role.BAD: "#c00000", Role.WARN: "#875f00", Role.TOOL: "#005faf",
    Role.HEADING: "bold #af5f00", Role.CODE: "#875f00", Role.LINK: "underline #005faf", Role.QUOTE: "italic #585858",
    Role.ADDED: "#262626 on #d7f0d7", Role.REMOVED: "#262626 on #f8dada", Role.HUNK: "#005faf",
    Role.STATUS: "#6c6c6c", Role.MENU: "#444444", Role.CHOSEN: "bold #af5f00",
}  # fmt: skip
_CONTRAST: Final = {
    Role.PROMPT: "bold bright_yellow", Role.USER: "bold bright_white", Role.DIM: "white", Role.ACCENT: "bright_cyan",
    Role.GOOD: "bold bright_green", Role.BAD: "bold bright_red", Role.WARN: "bold bright_yellow",
    Role.TOOL: "bold bright_cyan", Role.HEADING: "bold underline bright_white", Role.CODE: "bright_yellow",
    Role.LINK: "underline bright_cyan", Role.QUOTE: "bright_white", Role.ADDED: "bold bright_green",
    Role.REMOVED: "bold bright_red", Role.HUNK: "bright_cyan", Role.STATUS: "bright_white",
    Role.MENU: "bright_white", Role.CHOSEN: "reverse bold",
}  # fmt: skip
_PLAIN: Final = {
    Role.PROMPT: "bold", Role.USER: "bold", Role.DIM: "dim", Role.BAD: "bold", Role.WARN: "bold", Role.TOOL: "bold",
    Role.HEADING: "bold underline", Role.LINK: "underline", Role.QUOTE: "italic", Role.HUNK: "dim",
    Role.STATUS: "dim", Role.CHOSEN: "reverse",
}  # fmt: skip

THEMES: Final = {
    theme.name: theme
    for theme in (
        Theme("dark", _DARK, "ansi_dark"),
        Theme("light", _LIGHT, "ansi_light"),
        Theme("high-contrast", _CONTRAST, "ansi_dark"),
        Theme("plain", _PLAIN, "bw"),
    )
}
DEFAULT: Final = "dark"
NO_THEME: Final = Theme("none", {}, "bw")
"""Not even bold: for terminals that know nothing, and for screen readers."""


def theme_named(name: str, environ: Mapping[str, str]) -> Theme:
    """The theme of that name, the default for one that does not exist; without colours where `NO_COLOR` is set."""
    if environ.get("TERM", "dumb") == "dumb":
        return NO_THEME
    if environ.get("NO_COLOR"):
        return THEMES["plain"]
    return THEMES.get(name, THEMES[DEFAULT])
