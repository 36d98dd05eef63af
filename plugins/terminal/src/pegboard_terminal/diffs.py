"""Unified diffs with numbers of lines and the colours of their language. Pure."""

import re
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from pegboard_terminal.cleaning import clean
from pegboard_terminal.markdown import highlighted, language_of, lexer_exists
from pegboard_terminal.rows import Canvas
from pegboard_terminal.theme import Role

_HUNK: Final = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)$")
_FILE: Final = re.compile(r"^(?:\+\+\+|---) (?:[ab]/)?(.*?)(?:\t.*)?$")
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
    drawn = [row for line in shown for row in rows.of(clean(line[:_LONGEST]))]
    if len(lines) > most:
        drawn.append(Text(f"… {len(lines) - most} lines more, Ctrl+O shows them", canvas.style(Role.DIM)))
    return Padding(Text("\n").join(drawn), (0, 0, 0, indent))


class _Rows:
    """Lines of a diff as text, in order: each knows the file and the number that it stands at."""

    def __init__(self, canvas: Canvas, *, colourful: bool) -> None:
        self._canvas = canvas
        self._colourful = colourful
        self._language = ""
        self._old = self._new = 0
        self._in_hunk = False

    def of(self, line: str) -> list[Text]:
        if found := _HUNK.match(line):
            first = not self._in_hunk
            self._old, self._new, self._in_hunk = int(found[1]), int(found[2]), True
            about = found[3].strip()
            if first and not about:
                return []
            return [Text(f"     ⋯ {about}".rstrip(), self._canvas.style(Role.HUNK))]
        if not self._in_hunk or line.startswith(("--- ", "+++ ")):
            return self._header(line)
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

    def _body(self, line: str) -> Text:
        sign, code = line[:1] or " ", line[1:]
        if sign == "\\":
            return Text(f"       {line[2:]}", self._canvas.style(Role.DIM))
        number = self._old if sign == "-" else self._new
        self._old += sign != "+"
        self._new += sign != "-"
        text = Text(overflow="fold")
        text.append(f"{number:>5} ", self._canvas.style(Role.DIM))
        ground = self._canvas.style(_SIGNS[sign]) if sign in _SIGNS else Style.null()
        text.append(f"{sign} ", ground)
        text.append_text(self._code(code, ground))
        return text

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
            painted.stylize(Style.combine([Style(color=style.color, bold=style.bold), ground]), span.start, span.end)
        return painted
