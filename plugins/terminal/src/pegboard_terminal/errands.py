"""What a person wants of the session, done one after another while the screen goes on. Interrupts overtake."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Final, TypeVar

from pegboard_sdk.errors import CallCancelled, PegboardError
from pegboard_sdk.wire.fronting import SUSPEND, Completion, Said, When
from pegboard_sdk.wire.records import Failure
from pegboard_terminal.desk import Desk
from pegboard_terminal.items import Trouble
from pegboard_terminal.link import in_thread

T = TypeVar("T")

PASTE: Final = "/paste"
_COMMAND: Final = re.compile(r"/[a-zA-Z?][\w:.-]*(?=\s|$)")

LOOK_UP_S: Final = 0.04
"""Typing has to pause so long before completions are asked for."""


def is_command(text: str) -> bool:
    """Whether what was typed is a slash command: one word behind a slash, which no path is."""
    return bool(_COMMAND.match(text.strip()))


class Errands:
    """Started by keys, carried out by `run`. `drawn` asks for a frame, `leave` ends the front-end."""

    def __init__(self, desk: Desk, leave: Callable[[], None]) -> None:
        self.drawn: Callable[[], None] = lambda: None
        self.away: Callable[[Callable[[], object]], Coroutine[None, None, None]]
        """Makes a call while the terminal is the shell's."""
        self._desk = desk
        self._leave = leave
        self._waiting: asyncio.Queue[Coroutine[None, None, None]] = asyncio.Queue()
        self._beside: set[asyncio.Task[None]] = set()
        self._looked_up = 0

    async def run(self) -> None:
        """Carry out what comes, in order, until cancelled."""
        while True:
            await (await self._waiting.get())

    def prompt(self, text: str, when: When) -> None:
        """Say this to the agent."""
        front = self._desk.front
        self._waiting.put_nowait(self._do(lambda: front.prompt(text, when=when), lambda _: None))

    def say(self, text: str, when: When = When.STEER) -> None:
        """What a person typed, whichever it is."""
        if is_command(text):
            self.command(text.strip())
        else:
            self.prompt(text, when)

    def command(self, line: str) -> None:
        """Give a slash command."""
        desk = self._desk

        def told(said: Said) -> None:
            desk.said(line, said)
            if said.leave:
                self._leave()

        self._waiting.put_nowait(self._do(lambda: desk.front.command(line), told))

    def take_back(self) -> None:
        """The newest prompt that waits goes back into the input."""
        desk = self._desk

        def taken(text: str) -> None:
            if text:
                desk.draw_up(f"{text}\n{desk.draft.text}" if desk.draft.text else text)
            else:
                desk.notice("nothing waits")

        self._begin(self._do(desk.front.take_back, taken))

    def interrupt(self) -> None:
        """Stop what runs, now."""
        self._begin(self._do(self._desk.front.interrupt, lambda _: None))

    def suspend(self) -> None:
        """Leave the terminal to the shell until it brings us back."""
        front = self._desk.front
        self._begin(self.away(lambda: front.command(SUSPEND)))

    def paste(self) -> None:
        """Put the clipboard's image into the input, as a mention of the file that the session made of it."""
        desk = self._desk

        def pasted(said: Said) -> None:
            if said.draft:
                desk.draft.insert_text(f"{said.draft} ")
            else:
                desk.notice(said.text)

        self._begin(self._do(lambda: desk.front.command(PASTE), pasted))

    def look_up(self, text: str, *, asked: bool = False) -> None:
        """Ask what could stand at the end of a text; only the newest counts."""
        self._looked_up += 1
        self._begin(self._look_up(text, self._looked_up, asked=asked))

    async def _look_up(self, text: str, number: int, *, asked: bool) -> None:
        await asyncio.sleep(0 if asked else LOOK_UP_S)
        if number != self._looked_up:
            return
        try:
            found = await in_thread(lambda: self._desk.front.complete(text))
        except PegboardError:
            found = ()
        if number == self._looked_up and self._desk.draft.document.text_before_cursor == text:
            self._offer(text, found, asked=asked)
            self.drawn()

    def _offer(self, text: str, found: tuple[Completion, ...], *, asked: bool) -> None:
        done = [each for each in found if each.replaces and text.endswith(each.insert.rstrip())]
        self._desk.menu = () if len(found) == 1 and done else found
        self._desk.menu_at = 0
        if asked and not found:
            self._desk.notice("nothing to complete")

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _do(self, call: Callable[[], T], then: Callable[[T], None]) -> None:
        """A call of the session's, on a thread of its own, and what follows from it, here."""
        try:
            then(await in_thread(call))
        except CallCancelled:
            self._leave()
        except PegboardError as error:
            self._desk.scroll.add([Trouble(Failure(code=error.code, message=error.message))])
        self.drawn()
