"""Blocks of an answer as renderables: markdown in the terminal's own background, code highlighted. Pure."""

from copy import copy
from functools import lru_cache
from typing import ClassVar, Final

from markdown_it import MarkdownIt
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import CodeBlock, Heading, ListItem, Markdown, MarkdownElement
from rich.padding import Padding
from rich.segment import Segment
from rich.syntax import Syntax
from rich.text import Text

from pegboard_terminal.blocks import Block
from pegboard_terminal.cleaning import clean
from pegboard_terminal.theme import Theme

INDENT: Final = 2
"""Columns before code."""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt().enable("strikethrough").enable("table")


class _Heading(Heading):
    """On the left, without a box."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.text.justify = "left"
        yield self.text


class _Item(ListItem):
    """Numbers with their dot."""

    def render_number(self, console: Console, options: ConsoleOptions, number: int, last_number: int) -> RenderResult:
        width = len(str(last_number)) + 3
        style = console.get_style("markdown.item.number", default="none")
        lines = console.render_lines(self.elements, options.update(width=options.max_width - width), style=self.style)
        for at, line in enumerate(lines):
            yield Segment(f"{number}. ".rjust(width) if not at else " " * width, style)
            yield from line
            yield Segment("\n")


class _Code(CodeBlock):
    """Code inside a list or a quotation."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Padding(highlighted(str(self.text).rstrip(), self.lexer_name, str(self.theme)), (0, 0, 0, INDENT))


class _Markdown(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "list_item_open": _Item,
        "fence": _Code,
        "code_block": _Code,
    }


def _markdown(text: str, colours: str) -> _Markdown:
    """A text, parsed. Making a parser takes longer than parsing a block, so there is one for all."""
    made = copy(_empty(colours))
    made.parsed = _parser().parse(text)
    return made


@lru_cache(maxsize=8)
def _empty(colours: str) -> _Markdown:
    return _Markdown("", code_theme=colours, hyperlinks=False)


def drawn(block: Block, theme: Theme) -> RenderableType:
    """A block, without the blank line before it."""
    if block.language is None:
        # Links are printed with their address, see `_empty`: one that only a click shows could lead anywhere.
        return _markdown(clean(block.text), theme.code)
    text, context = clean(block.text), clean(block.context)
    code = highlighted(f"{context}\n{text}" if context else text, clean(block.language), theme.code)
    if context:
        lines = code.split("\n", allow_blank=True)[context.count("\n") + 1 :]
        code = Text("\n").join(lines)
    return Padding(code, (0, 0, 0, INDENT))


def highlighted(code: str, language: str, colours: str) -> Text:
    """Code in colours; plain where its language is not known."""
    if not lexer_exists(language) or colours == "bw":
        return Text(code)
    found = Syntax("", language, theme=colours, background_color="default").highlight(code)
    found.rstrip()
    found.no_wrap, found.overflow = False, "fold"
    return found


@lru_cache(maxsize=64)
def lexer_exists(language: str) -> bool:
    """Whether there is a highlighter for a language of this name."""
    return bool(language) and Syntax("", language).lexer is not None


@lru_cache(maxsize=256)
def language_of(path: str) -> str:
    """The language of a file by its name; empty when unknown."""
    found = Syntax.guess_lexer(path.rpartition("/")[2])
    return "" if found == "default" else found
