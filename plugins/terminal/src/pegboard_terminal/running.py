"""Runs the screen: the loop, who waits for what, and the end. Everything that draws is imported from here on."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final, TextIO

from prompt_toolkit.application import in_terminal
from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.keys import Keys

from pegboard_sdk.errors import PegboardError
from pegboard_terminal import notices
from pegboard_terminal.actions import Actions
from pegboard_terminal.bindings import bindings
from pegboard_terminal.desk import CALM_S, Desk
from pegboard_terminal.errands import Errands
from pegboard_terminal.front import Front
from pegboard_terminal.link import Inbox, in_thread
from pegboard_terminal.live import FRAMES_A_SECOND
from pegboard_terminal.output import FramedOutput
from pegboard_terminal.rows import colours_of
from pegboard_terminal.settings import Settings
from pegboard_terminal.theme import theme_named
from pegboard_terminal.tty import LEAVE, Tty
from pegboard_terminal.window import Screen, screen

SHOWS_A_SECOND: Final = 15
SHIFT_ENTER: Final = ("\x1b[13;2u", "\x1b[27;2;13~")
"""How terminals that tell it from Enter say so."""


def run(front: Front, settings: Settings, tty: Tty) -> None:
    """Be the front-end until the person leaves or it is ended. The terminal is left as text, without the live area."""
    for sequence in SHIFT_ENTER:
        ANSI_SEQUENCES[sequence] = Keys.ControlJ
    if settings.title:
        tty.write(notices.SAVE_TITLE)
    try:
        asyncio.run(_run(front, settings, tty))
    finally:
        tty.write(LEAVE + (notices.RESTORE_TITLE if settings.title else ""))


async def _run(front: Front, settings: Settings, tty: Tty) -> None:
    theme, colours = theme_named(settings.theme, os.environ), colours_of(os.environ)
    desk = Desk(front, settings, theme, colours, tty.size())
    loop = asyncio.get_running_loop()
    inbox = Inbox(loop)
    left = asyncio.Event()
    with _files(tty) as (read, write):
        output = FramedOutput(tty, write, colours, os.environ.get("TERM", ""))
        errands = Errands(desk, left.set)
        app = screen(desk, bindings(desk, Actions(desk, errands, left.set)), Vt100Input(read), output)
        errands.drawn = app.invalidate
        errands.away = partial(_away, desk, tty)
        loop.add_signal_handler(signal.SIGCONT, _back, app, desk, tty)
        watch_typing(desk, errands)
        front.on_cancel(lambda: None if loop.is_closed() else loop.call_soon_threadsafe(left.set))
        front.listen(inbox.show, inbox.ask, inbox.withdraw)
        if front.first:
            errands.say(front.first)
        try:
            await _until_left(app, desk, inbox, errands, left)
        finally:
            inbox.close()


@contextmanager
def _files(tty: Tty) -> Iterator[tuple[TextIO, TextIO]]:
    with (
        open(tty.fd, encoding="utf-8", errors="replace", closefd=False) as read,
        open(tty.fd, "w", encoding="utf-8", errors="replace", closefd=False) as write,
    ):
        yield read, write


async def _until_left(app: Screen, desk: Desk, inbox: Inbox, errands: Errands, left: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        others = [
            tasks.create_task(_show(app, desk, inbox)),
            tasks.create_task(_tick(app, desk, inbox)),
            tasks.create_task(errands.run()),
        ]
        drawing = tasks.create_task(app.run_async())
        await left.wait()
        if app.is_running:
            app.exit()
        await drawing
        for task in others:
            task.cancel()


async def _show(app: Screen, desk: Desk, inbox: Inbox) -> None:
    """Take one show a frame: what happens meanwhile comes joined with the next."""
    while True:
        arrival = await inbox.next()
        if arrival is None:
            _attend(app, desk, inbox)
            continue
        desk.take(arrival.show)
        if not arrival.show.replay:
            app.invalidate()
            await asyncio.sleep(1 / SHOWS_A_SECOND)
            while desk.scroll.waits:  # noqa: ASYNC110 - each frame prints some of it
                await asyncio.sleep(0.01)
        arrival.drawn.set()


async def _tick(app: Screen, desk: Desk, inbox: Inbox) -> None:
    """What moves by itself: the spinner, clocks, notices that end, questions that waited for a pause."""
    noticed = ""
    while True:
        await asyncio.sleep(1 / FRAMES_A_SECOND)
        _attend(app, desk, inbox)
        if desk.status.busy or desk.notice_text != noticed:
            noticed = desk.notice_text
            app.invalidate()


def _attend(app: Screen, desk: Desk, inbox: Inbox) -> None:
    """Take away a question that somebody else answered, and put the next one on the screen when nobody types."""
    while inbox.asked and inbox.asked[0].answered.done():
        if desk.asked is inbox.asked.popleft():
            desk.withdraw()
            app.invalidate()
    if inbox.asked and desk.panel is None and time.monotonic() - desk.typed_at >= CALM_S:
        desk.ask(inbox.asked[0])
        app.invalidate()


async def _away(desk: Desk, tty: Tty, call: Callable[[], object]) -> None:
    """Make a call with nothing of ours on the screen, which is then drawn again in the size that it has by then."""
    async with in_terminal():
        with tty.lent():
            try:
                await in_thread(call)
            except PegboardError as error:
                desk.notice(error.message)
        desk.resize(tty.size())


def _back(app: Screen, desk: Desk, tty: Tty) -> None:
    """Somebody had stopped this process without a word to it."""
    if tty.retake():
        desk.resize(tty.size())
        app.invalidate()


def watch_typing(desk: Desk, errands: Errands) -> None:
    """Note when something is typed, and look for what could complete it."""

    def typed(_: object) -> None:
        desk.typed_at = time.monotonic()
        desk.menu = ()
        before = desk.draft.document.text_before_cursor
        line = before.rpartition("\n")[2]
        word = line.rpartition(" ")[2]
        if before.startswith("/") or word.startswith("@"):
            errands.look_up(before)

    desk.draft.on_text_changed += typed
