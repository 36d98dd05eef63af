"""Renderables of rich as rows, and rows as what a terminal takes. Pure.

Everything that is drawn goes through `Canvas`, so this is the last place where a character could become a command to
the terminal: rows hold text alone, and what is written around it comes from styles.
"""

import io
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.theme import Theme as RichTheme

from pegboard_terminal.cleaning import guarded
from pegboard_terminal.theme import Role, Theme

WIDEST: Final = 110
"""Columns of prose; longer lines are hard to read. Diffs, code and output take the whole width."""

Row = tuple[tuple[Style, str], ...]


class Colours(Enum):
    """What a terminal can show."""

    NONE = "none"
    BASIC = "basic"
    MANY = "many"
    TRUE = "true"


_SYSTEMS: Final = {
    Colours.BASIC: ColorSystem.STANDARD,
    Colours.MANY: ColorSystem.EIGHT_BIT,
    Colours.TRUE: ColorSystem.TRUECOLOR,
}


def colours_of(environ: Mapping[str, str]) -> Colours:
    """What the environment says of the terminal."""
    term = environ.get("TERM", "dumb")
    if term == "dumb" or environ.get("NO_COLOR"):
        return Colours.NONE
    if environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
        return Colours.TRUE
    return Colours.MANY if "256" in term or "kitty" in term or "alacritty" in term else Colours.BASIC


class Canvas:
    """Lays out for one width and one theme."""

    def __init__(self, theme: Theme, colours: Colours, width: int) -> None:
        self.theme = theme
        self.width = max(width, 10)
        self.prose = min(self.width, WIDEST)
        self._system = _SYSTEMS.get(colours)
        self._console = Console(
            file=io.StringIO(),
            width=self.width,
            force_terminal=True,
            color_system="truecolor",
            no_color=False,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            theme=RichTheme(_rich_styles(theme)),
            _environ={},
        )

    def style(self, role: Role) -> Style:
        """The style of a role."""
        return Style.parse(self.theme.style(role) or "none")

    def rows(self, renderable: RenderableType, width: int = 0) -> list[Row]:
        """The rows that it takes, none wider than `width` (the prose's, when not given), none empty at either end."""
        options = self._console.options.update(width=width or self.prose)
        rows = [_row(line) for line in self._console.render_lines(renderable, options, pad=False)]
        while rows and not rows[-1]:
            rows.pop()
        return rows[next((at for at, row in enumerate(rows) if row), 0) :]

    def ansi(self, rows: Iterable[Row]) -> str:
        """The rows as a terminal takes them, each with its line break."""
        return "".join("".join(self._painted(span) for span in row) + "\r\n" for row in rows)

    def _painted(self, span: tuple[Style, str]) -> str:
        style, text = span
        return style.render(text, color_system=self._system) if self.theme.styles else text


def _row(line: Iterable[Segment]) -> Row:
    kept = [(piece.style or Style.null(), guarded(piece.text)) for piece in line if piece.text and not piece.control]
    while kept and not kept[-1][1].strip() and kept[-1][0].bgcolor is None:
        kept.pop()
    if kept and kept[-1][0].bgcolor is None:
        kept[-1] = (kept[-1][0], kept[-1][1].rstrip())
    return tuple((style.update_link(None) if style.link else style, text) for style, text in kept)


def width_of(row: Row) -> int:
    """Columns that a row takes."""
    return sum(cell_len(text) for _, text in row)


def cut(row: Row, width: int) -> Row:
    """The row in at most so many columns."""
    kept: list[tuple[Style, str]] = []
    left = width
    for style, text in row:
        size = cell_len(text)
        if size > left:
            return (*kept, (style, set_cell_size(text, left))) if left > 0 else tuple(kept)
        kept.append((style, text))
        left -= size
    return tuple(kept)


def _rich_styles(theme: Theme) -> dict[str, Style | str]:
    """What rich's own elements are to look like."""
    heading, code, link = theme.style(Role.HEADING), theme.style(Role.CODE), theme.style(Role.LINK)
    return {
        "markdown.code": code or "none",
        "markdown.code_block": "none",
        **{f"markdown.h{level}": heading or "none" for level in range(1, 7)},
        "markdown.item.bullet": theme.style(Role.ACCENT) or "none",
        "markdown.item.number": theme.style(Role.ACCENT) or "none",
        "markdown.list": "none",
        "markdown.link": link or "none",
        "markdown.link_url": theme.style(Role.DIM) or "none",
        "markdown.block_quote": theme.style(Role.QUOTE) or "none",
        "markdown.hr": theme.style(Role.DIM) or "none",
        "markdown.table.border": theme.style(Role.DIM) or "none",
        "markdown.table.header": "bold" if theme.styles else "none",
        "table.header": "bold" if theme.styles else "none",
    }
