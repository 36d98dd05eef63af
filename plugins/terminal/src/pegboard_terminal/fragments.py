"""Rows as prompt_toolkit takes them. Pure."""

from functools import lru_cache
from typing import Final

from prompt_toolkit.formatted_text import StyleAndTextTuples
from rich.color import Color, ColorType
from rich.style import Style

from pegboard_terminal.rows import Row

_NAMES: Final = (
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "gray", "brightblack", "brightred", "brightgreen",
    "brightyellow", "brightblue", "brightmagenta", "brightcyan", "white",
)  # fmt: skip
_FLAGS: Final = ("bold", "dim", "italic", "underline", "reverse", "strike")


def fragments(row: Row) -> StyleAndTextTuples:
    """A row for prompt_toolkit."""
    return [(_words(style), text) for style, text in row]


@lru_cache(maxsize=512)
def _words(style: Style) -> str:
    words = [flag for flag in _FLAGS if getattr(style, flag)]
    if style.color is not None:
        words.append(f"fg:{_colour(style.color)}")
    if style.bgcolor is not None:
        words.append(f"bg:{_colour(style.bgcolor)}")
    return " ".join(words)


def _colour(colour: Color) -> str:
    if colour.type is ColorType.DEFAULT:
        return "default"
    if colour.type is ColorType.STANDARD and colour.number is not None:
        return f"ansi{_NAMES[colour.number]}"
    return colour.get_truecolor().hex
