"""Unified diffs with numbers of lines and the colours of their language. Pure."""

import re
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from pegboard_terminal.cleaning import clean
from pegboard_terminal.markdown import highlighted, language_of, lexer_exists
from pegboard_terminal.rows import Canvas
from pegboard_terminal.theme import Role

_HUNK: Final = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$")
_FILE: Final = re.compile(r"^(?:\+\+\+|---) (?:[ab]/)?(.*?)(?:\t.*)?$")
GUTTER: Final = 8
"""Columns of number and sign."""
_SIGNS: Final = {"+": Role.ADDED, "-": Role.REMOVED}
_LONGEST: Final = 1000
"""Columns of a line that are shown."""
_MOST_CODE: Final = 60_000
"""Characters of a diff that are highlighted; a longer one is shown in plain colours."""


def diff(canvas: Canvas, text: str, *, most: int, indent: int = 2) -> RenderableType:
    """A diff of at most so many lines; how many more there are is said."""
    lines = text.removesuffix("\n").split("\n")
    shown = lines[:most]
    rows = _Rows(canvas, colourful=len(text) <= _MOST_CODE)
    parts: list[RenderableType] = []
    for line in shown:
        for gutter, code in rows.of(clean(line[:_LONGEST])):
            if gutter is None:
                parts.append(code)
                continue
            if not parts or not isinstance(parts[-1], Table):
                parts.append(_grid())
            table = parts[-1]
            assert isinstance(table, Table)
            table.add_row(gutter, code)
    if len(lines) > most:
        parts.append(Text(f"… {len(lines) - most} lines more, Ctrl+O shows them", canvas.style(Role.DIM)))
    return Padding(Group(*parts), (0, 0, 0, indent))


def _grid() -> Table:
    """A gutter, and code that is folded beside it."""
    table = Table.grid()
    table.add_column(width=GUTTER, no_wrap=True)
    table.add_column(overflow="fold")
    return table


class _Rows:
    """Lines of a diff as text, in order: each knows the file and the number that it stands at."""

    def __init__(self, canvas: Canvas, *, colourful: bool) -> None:
        self._canvas = canvas
        self._colourful = colourful
        self._language = ""
        self._old = self._new = 0
        self._in_hunk = False

    def of(self, line: str) -> list[tuple[Text | None, Text]]:
        """What a line becomes: a gutter, which headers have none of, and a text."""
        if found := _HUNK.match(line):
            first = not self._in_hunk
            self._old, self._new, self._in_hunk = int(found[1]), int(found[2]), True
            about = found[3].strip()
            if first and not about:
                return []
            return [(None, Text(f"     ⋯ {about}".rstrip(), self._canvas.style(Role.HUNK)))]
        if not self._in_hunk or line.startswith(("--- ", "+++ ")):
            return [(None, text) for text in self._header(line)]
        return [self._body(line)]

    def _header(self, line: str) -> list[Text]:
        found = _FILE.match(line)
        if found is None:
            return [Text(line, self._canvas.style(Role.DIM))] if line.strip() else []
        self._in_hunk = False
        if line.startswith("---") or found[1] == "/dev/null":
            return []
        self._language = language_of(found[1])
        return [Text(found[1], self._canvas.style(Role.HUNK))]

    def _body(self, line: str) -> tuple[Text, Text]:
        sign, code = line[:1] or " ", line[1:]
        if sign == "\\":
            return Text(" " * GUTTER), Text(line[2:], self._canvas.style(Role.DIM))
        number = self._old if sign == "-" else self._new
        self._old += sign != "+"
        self._new += sign != "-"
        gutter = Text(f"{number:>5} ", self._canvas.style(Role.DIM))
        ground = self._canvas.style(_SIGNS[sign]) if sign in _SIGNS else Style.null()
        gutter.append(f"{sign} ", ground)
        return gutter, self._code(code, ground)

    def _code(self, code: str, ground: Style) -> Text:
        colours = self._canvas.theme.code
        if not self._colourful or not lexer_exists(self._language) or colours == "bw" or not code.strip():
            return Text(code, ground)
        found = highlighted(code, self._language, colours)
        # The lexer drops blanks at the end, which a diff must not.
        found = found if found.plain == code else Text(code)
        painted = Text(code, ground)
        for span in found.spans:
            style = span.style if isinstance(span.style, Style) else Style.null()
            painted.stylize(Style.combine([ground, Style(color=style.color, bold=style.bold)]), span.start, span.end)
        return painted
