"""What prompt_toolkit draws: rows above, the input, rows below; and each frame, in which the scrollback grows too."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import BufferControl, ConditionalContainer, FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.processors import AfterInput, ConditionalProcessor

from pegboard_terminal.desk import Desk
from pegboard_terminal.early import ERASE
from pegboard_terminal.fragments import fragments
from pegboard_terminal.items import PROMPT
from pegboard_terminal.live import menu_rows, rule, status_row
from pegboard_terminal.output import FramedOutput
from pegboard_terminal.rows import Row
from pegboard_terminal.theme import Role

ESCAPE_S: Final = 0.05
"""How long a bare Esc may be the beginning of another key."""
LAYOUT_S: Final = 0.004


class Screen(Application[None]):
    """The application; after a change of size it is drawn on a clear screen, since each terminal folds the old rows
    differently."""

    def __init__(self, desk: Desk, output: FramedOutput, **more: Any) -> None:  # noqa: ANN401 - prompt_toolkit's own
        self._desk = desk
        self._frames = output
        self._first = True
        super().__init__(output=output, mouse_support=False, erase_when_done=True, **more)
        self.ttimeoutlen = self.timeoutlen = ESCAPE_S
        self.before_render += self._begin
        self.after_render += self._end

    def _on_resize(self) -> None:
        size = self._frames.get_size()
        self._desk.resize((size.rows, size.columns))
        self._redraw()

    def _begin(self, _: object) -> None:
        desk, output = self._desk, self._frames
        output.begin()
        if self._first:
            output.write_raw(ERASE)
            self._first = False
        raw, desk.raw = desk.raw, []
        for sequence in raw:
            output.write_raw(sequence)
        if desk.clear:  # first, with what stood there before: what is new scrolls up behind it, and none of it is lost
            desk.clear = False
            self.renderer.reset(leave_alternate_screen=False)
            again = desk.scroll.again(desk.canvas, desk.rows - self._wanted())
            output.write_raw(_cleared(desk.rows) + desk.canvas.ansi(again))
        # Rows that wait make a frame of their own each few milliseconds, with the keys between them.
        if desk.scroll.lay_out(desk.canvas, LAYOUT_S):
            self.invalidate()
        rows = desk.scroll.take()
        if rows or self._shrinks():
            self.renderer.erase(leave_alternate_screen=False)
            output.write_raw(desk.canvas.ansi(rows))

    def _shrinks(self) -> bool:
        last = self.renderer.last_rendered_screen
        return last is not None and self._wanted() < last.height

    def _wanted(self) -> int:
        size = self._frames.get_size()
        return min(self.layout.container.preferred_height(size.columns, size.rows).preferred, size.rows)

    def _end(self, _: object) -> None:
        self._frames.end()


def _cleared(rows: int) -> str:
    """Empties the screen row by row: some terminals push what is cleared at once into the scrollback."""
    return "\x1b[H" + "\x1b[2K\x1b[B" * (rows - 1) + "\x1b[2K\x1b[H"


def screen(desk: Desk, keys: KeyBindings, read: Input, output: FramedOutput) -> Screen:
    """The application of a desk."""
    asking = Condition(lambda: desk.panel is not None)
    above = _rows(lambda: _above(desk))
    below = _rows(lambda: _below(desk))
    draft = _input(desk.draft, desk, lambda: "" if desk.draft.text else _hint(desk))
    reply = _input(desk.reply, desk, lambda: "" if desk.reply.text or desk.panel is None else _ask_hint(desk))
    body = HSplit([above, ConditionalContainer(draft, ~asking), ConditionalContainer(reply, asking), below])
    made = Screen(desk, output, layout=Layout(body, focused_element=draft), key_bindings=keys, input=read)
    made.before_render += lambda _: made.layout.focus(reply if desk.panel is not None else draft)
    return made


def _rows(rows: Callable[[], Sequence[Row]]) -> Window:
    def text() -> StyleAndTextTuples:
        lines: StyleAndTextTuples = []
        for row in rows():
            lines += fragments(row)
            lines.append(("", "\n"))
        return lines[:-1]

    return Window(FormattedTextControl(text), dont_extend_height=True, wrap_lines=False)


def _input(buffer: Buffer, desk: Desk, hint: Callable[[], str]) -> Window:
    def prefix(line: int, wrapped: int) -> StyleAndTextTuples:
        style = fragments(((desk.canvas.style(Role.PROMPT), PROMPT),))
        return style if not line and not wrapped else [("", "  ")]

    def dim() -> StyleAndTextTuples:
        return fragments(((desk.canvas.style(Role.DIM), hint()),))

    shown = ConditionalProcessor(AfterInput(dim), Condition(lambda: bool(hint())))
    return Window(
        BufferControl(buffer, input_processors=[shown]),
        get_line_prefix=prefix,
        height=lambda: Dimension(min=1, max=max(3, desk.rows // 3)),
        dont_extend_height=True,
        wrap_lines=True,
    )


def _above(desk: Desk) -> list[Row]:
    canvas = desk.canvas
    if desk.panel is not None:
        room = max(desk.rows - 4, 6)
        return [(), *desk.panel.rows(canvas, desk.reply.text, room), rule(canvas)]
    rows = desk.drawer.above(desk.story, desk.status, canvas, desk.moment())
    return [*(rows if rows and not rows[0] else [(), *rows]), rule(canvas)]


def _below(desk: Desk) -> list[Row]:
    menu = [] if desk.panel is not None else menu_rows(desk.menu, desk.menu_at, desk.canvas)
    return [*menu, status_row(desk.status, desk.notice_text, desk.canvas)]


def _hint(desk: Desk) -> str:
    wide = desk.canvas.width >= 60
    if desk.status.busy:
        return "Enter steers, Alt+Enter queues" if wide else "Enter steers"
    return "Ask anything; / for commands, @ for files" if wide else "/ commands, @ files"


def _ask_hint(desk: Desk) -> str:
    panel = desk.panel
    if panel is None or panel.is_list:
        return "letters to find one, Enter takes it, Esc leaves"[: max(desk.canvas.width - 4, 0)]
    if not panel.question.choices:
        return "your answer"
    words, few = "Enter answers; a letter chooses; other words are a no with a reason", "Enter answers, letters choose"
    if not panel.whole:
        words, few = "PgDn shows the rest, then a yes counts; other words are a no", "PgDn shows the rest"
    return words if desk.canvas.width > len(words) + 3 else few
