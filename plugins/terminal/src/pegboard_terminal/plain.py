"""Lines only: for screen readers and for terminals that know nothing. Nothing is redrawn, nothing spins, nothing moves.

The terminal edits the line itself. Prose is printed block by block, as it is finished.
"""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from rich.text import Text

from pegboard_sdk.errors import CallCancelled, PegboardError
from pegboard_sdk.wire.fronting import Show, When
from pegboard_sdk.wire.records import Answer, Failure, Question
from pegboard_terminal.asking import body, choices_of
from pegboard_terminal.cleaning import one_line
from pegboard_terminal.early import header
from pegboard_terminal.errands import is_command
from pegboard_terminal.front import Front
from pegboard_terminal.items import Item, Note, Reply, Trouble, drawn, expanded
from pegboard_terminal.link import Asked
from pegboard_terminal.panel import Panel
from pegboard_terminal.rows import Canvas, Colours
from pegboard_terminal.story import Story
from pegboard_terminal.theme import NO_THEME
from pegboard_terminal.tty import Tty

EXPAND: Final = "/expand"
STOP: Final = "/stop"
_CHUNK: Final = 1 << 16


class Lines:
    """A conversation in lines. Shows come from the session's threads, what is typed from the main one."""

    def __init__(self, front: Front, tty: Tty, leave: Callable[[], object]) -> None:
        self._front = front
        self._tty = tty
        self._leave = leave
        self._story = Story(front.workspace)
        self._printing = threading.Lock()
        self._asked: deque[Asked] = deque()
        self._busy = False

    def show(self, show: Show) -> None:
        """Print what is finished."""
        with self._printing:
            if show.anew:
                self._story = Story(self._front.workspace)
            for record in show.records:
                self._print(self._story.take(record, time.monotonic()))
            if show.status is not None and show.status.busy != self._busy:
                self._busy = show.status.busy
                self._write("working; /stop interrupts" if self._busy else "ready")

    def ask(self, question: Question) -> Answer | None:
        """Print the question, and wait for the line that answers it."""
        asked = Asked(question)
        with self._printing:
            canvas = self._canvas()
            for row in body(question, canvas):
                self._write("".join(text for _, text in row))
            for choice in choices_of(question):
                words = f"{one_line(choice.text, 40)}: {one_line(choice.covers, 400)}".rstrip(": ")
                for row in canvas.rows(Text(words), canvas.width - 3):
                    self._write("  " + "".join(text for _, text in row))
            self._write("your answer:")
            self._asked.append(asked)
        return asked.answered.result()

    def withdrawn(self, question: Question) -> None:
        """Say that it is of the past."""
        for asked in list(self._asked):
            if asked.question.question == question.question:
                self._asked.remove(asked)
                self._write("the question was answered elsewhere")

    def take(self, line: str) -> None:
        """What a person typed."""
        said = line.strip()
        if self._asked:
            self._answer(self._asked.popleft(), line)
        elif said == STOP:
            self._later(self._front.interrupt)
        elif said == EXPAND:
            self._expand()
        elif is_command(said):
            self._later(lambda: self._command(said))
        elif said:
            self._later(lambda: self._front.prompt(line, when=When.STEER))

    def _later(self, call: Callable[[], object]) -> None:
        """Not here: a command may ask, and the answer is typed here."""

        def run() -> None:
            try:
                call()
            except CallCancelled:
                self._leave()
            except PegboardError as error:
                self._print([Trouble(Failure(code=error.code, message=error.message))])

        threading.Thread(target=run, daemon=True).start()

    def _command(self, line: str) -> None:
        said = self._front.command(line)
        self._print([Reply(said)] if said.text else [])
        if said.leave:
            self._leave()

    def _answer(self, asked: Asked, line: str) -> None:
        panel = Panel(asked.question)
        panel.everything(self._canvas())
        # An empty line is not a yes here: it is too easily sent.
        said = line if line.strip() or "no" not in asked.question.choices else "no"
        asked.answer(panel.answer(said))

    def _expand(self) -> None:
        for item in reversed(self._story.folded):
            if rows := expanded(item, self._canvas()):
                self._tty.write(self._canvas().ansi(rows))
                return

    def _print(self, items: list[Item]) -> None:
        canvas = self._canvas()
        for item in items:
            self._tty.write(canvas.ansi(drawn(item, canvas)))

    def _write(self, text: str) -> None:
        self._tty.write(text + "\r\n")

    def _canvas(self) -> Canvas:
        return Canvas(NO_THEME, Colours.NONE, self._tty.size()[1])

    def greet(self) -> None:
        """The first line."""
        self._print([Note(header(self._front.workspace)), Note("/help lists the commands, /stop interrupts")])


def run(front: Front, tty: Tty) -> None:
    """Hold the conversation until the person leaves: by `/quit` or Ctrl+D."""
    woken, wake = os.pipe()
    lines = Lines(front, tty, lambda: os.write(wake, b"."))
    lines.greet()
    front.on_cancel(lambda: os.write(wake, b"."))
    front.listen(lines.show, lines.ask, lines.withdrawn)
    if front.first:
        lines.take(front.first)
    rest = b""
    while woken not in select.select([tty.fd, woken], [], [])[0] and (data := os.read(tty.fd, _CHUNK)):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            lines.take(line.decode("utf-8", "replace"))
