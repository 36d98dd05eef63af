"""The live area: what is redrawn below the scrollback. Pure: what is going on, a canvas and a clock become rows."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from rich.cells import cell_len, chop_cells

from pegboard_sdk.wire.fronting import Completion, Status
from pegboard_terminal.blocks import Block
from pegboard_terminal.calls import seconds_in_words, summary
from pegboard_terminal.cleaning import clean, of_program, one_line
from pegboard_terminal.items import Prose, drawn
from pegboard_terminal.rows import Canvas, Row, cut
from pegboard_terminal.status import SEPARATOR, fitted, parts
from pegboard_terminal.story import Running, Story
from pegboard_terminal.theme import Role

SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
FRAMES_A_SECOND: Final = 8
MOST_TAIL: Final = 16
"""Rows of an open block that are redrawn; what is above them waits until the block is finished."""
OUTPUT_ROWS: Final = 3
MENU_ROWS: Final = 8
QUEUE_ROWS: Final = 3


class Moment(Struct, frozen=True):
    """When and where a frame is drawn."""

    now: float
    since: float
    """When the run began, by the same clock."""
    rows: int
    """Of the screen."""


class Drawer:
    """Draws what is open; the open block is laid out again only when it changed."""

    def __init__(self) -> None:
        self._block: Block | None = None
        self._canvas: Canvas | None = None
        self._rows: list[Row] = []

    def open_block(self, block: Block | None, canvas: Canvas) -> list[Row]:
        """The rows of the block that is not finished."""
        if block != self._block or canvas is not self._canvas:
            self._block, self._canvas = block, canvas
            self._rows = drawn(Prose(block), canvas) if block is not None else []
        return self._rows

    def above(self, story: Story, status: Status, canvas: Canvas, moment: Moment) -> list[Row]:
        """Everything above the input's rule."""
        room = max(moment.rows - 5, 2)
        tail = self.open_block(story.open, canvas)[-max(min(MOST_TAIL, room - 4), 1) :]
        rows: list[Row] = [(), *tail] if tail else []
        if status.busy:
            rows.append(())
            if story.running:
                for call in list(story.running.values())[-3:]:
                    rows += _running(call, story.workspace, canvas, moment)
            else:
                rows.append(_working(story, status, canvas, moment))
        rows += _waiting(status, canvas)
        return [cut(row, canvas.width) for row in rows[-room:]]


def rule(canvas: Canvas) -> Row:
    """The line above the input."""
    return ((canvas.style(Role.DIM), "─" * (canvas.width - 1)),)


def status_row(status: Status, notice: str, canvas: Canvas) -> Row:
    """The line below the input: a notice, while there is one."""
    width = canvas.width - 1
    if notice:
        return ((canvas.style(Role.WARN), one_line(notice, width)),)
    row: list[tuple[str, Role]] = []
    for part in fitted(parts(status), width):
        row += [(SEPARATOR, Role.DIM)] if row else []
        row.append((part.text, part.role))
    return tuple((canvas.style(role), text) for text, role in row)


def menu_rows(found: Sequence[Completion], chosen: int, canvas: Canvas) -> list[Row]:
    """What could be completed: a window of the list around the chosen one."""
    first = max(0, min(chosen - MENU_ROWS // 2, len(found) - MENU_ROWS))
    shown = found[first : first + MENU_ROWS]
    names = [one_line(each.label or each.insert, max(canvas.width * 3 // 5, 16)) for each in shown]
    wide = max(map(cell_len, names), default=0)
    rows: list[Row] = []
    for number, (each, name) in enumerate(zip(shown, names, strict=True), first):
        on = number == chosen
        room = canvas.width - wide - 6
        about = one_line(each.about, room) if each.about and room > 8 else ""
        head = "\u276f " if on else "  "
        padding = " " * (wide - cell_len(name) + 2) if about else ""
        rows.append(
            ((canvas.style(Role.CHOSEN if on else Role.MENU), head + name), (canvas.style(Role.DIM), padding + about))
        )
    return rows


def _spinner(moment: Moment) -> str:
    return SPINNER[int(moment.now * FRAMES_A_SECOND) % len(SPINNER)]


def _working(story: Story, status: Status, canvas: Canvas, moment: Moment) -> Row:
    words = "thinking" if story.thinking else one_line(status.doing, 40) or "working"
    took = seconds_in_words(int(moment.now - moment.since)) if moment.now - moment.since >= 1 else ""
    more = SEPARATOR.join(filter(None, [took, "Esc interrupts"]))
    head = f"{_spinner(moment)} {words}"
    row: list[tuple[Role, str]] = [(Role.ACCENT, head)]
    if cell_len(head + more) + 2 < canvas.width:
        row.append((Role.DIM, f"  {more}"))
    thought = clean(story.thinking[-400:]).rstrip().rpartition("\n")[2].strip()
    room = canvas.width - cell_len(head + more) - 8
    if thought and room > 20:
        row.append((Role.DIM, "  " + one_line(thought[-room + 1 :], room)))
    return tuple((canvas.style(role), text) for role, text in row)


def _running(call: Running, workspace: str, canvas: Canvas, moment: Moment) -> list[Row]:
    took = f"  {seconds_in_words(int(moment.now - call.since))}" if moment.now - call.since >= 1 else ""
    head = f"{_spinner(moment)} "
    tool = f"{one_line(call.use.tool, 40)} "
    room = canvas.width - 1 - cell_len(head + tool + took)
    about = one_line(summary(call.use.arguments, workspace), max(room, 4))
    rows: list[Row] = [
        (
            (canvas.style(Role.ACCENT), head),
            (canvas.style(Role.TOOL), tool),
            (canvas.style(Role.USER), about),
            (canvas.style(Role.DIM), took),
        )
    ]
    lines = [line for line in of_program(call.tail).split("\n") if line.strip()][-OUTPUT_ROWS:]
    rows += [((canvas.style(Role.DIM), "  " + chop_cells(line, max(canvas.width - 3, 4))[0]),) for line in lines]
    return rows


def _waiting(status: Status, canvas: Canvas) -> list[Row]:
    waiting = [("steers", text) for text in status.steering] + [("queued", text) for text in status.queued]
    rows: list[Row] = []
    for what, text in waiting[-QUEUE_ROWS:]:
        rows.append(((canvas.style(Role.DIM), f"↳ {what}: {one_line(text, max(canvas.width - 12, 8))}"),))
    if waiting:
        more = f"{len(waiting) - QUEUE_ROWS} more, " if len(waiting) > QUEUE_ROWS else ""
        rows.append(((canvas.style(Role.DIM), f"  {more}Alt+Up takes the newest back"),))
    return rows
