"""The state of the screen: what the session told, what is being typed and asked. What keys do with it is `actions`."""

import time
from collections.abc import Callable
from typing import Final

from prompt_toolkit.buffer import Buffer

from pegboard_sdk.wire.fronting import Completion, Said, Show, Status
from pegboard_sdk.wire.records import Question
from pegboard_terminal import notices
from pegboard_terminal.early import header
from pegboard_terminal.front import Front
from pegboard_terminal.history import History, Recall
from pegboard_terminal.items import Item, Note, Prompt, Reply
from pegboard_terminal.link import Asked
from pegboard_terminal.live import Drawer, Moment
from pegboard_terminal.panel import Panel
from pegboard_terminal.pasting import Pastes
from pegboard_terminal.rows import Canvas, Colours
from pegboard_terminal.scroll import Scrollback
from pegboard_terminal.settings import Settings
from pegboard_terminal.story import Story
from pegboard_terminal.theme import THEMES, Theme

NOTICE_S: Final = 4.0
REPLAYED: Final = 80
"""Items of before that are drawn when a session goes on; the journal has the others."""
CALM_S: Final = 0.7
"""A question takes the keys when nothing was typed for so long: what was meant for a prompt answers nothing."""


class Desk:
    """Everything that is drawn, and where what is drawn comes from."""

    def __init__(self, front: Front, settings: Settings, theme: Theme, colours: Colours, size: tuple[int, int]) -> None:
        self.front = front
        self.settings = settings
        self.theme = theme
        self.colours = colours
        self.rows, columns = size
        self.canvas = Canvas(theme, colours, columns)
        self.story = Story(front.workspace)
        self.scroll = Scrollback()
        self.scroll.remember(Note(header(front.workspace)))
        self.drawer = Drawer()
        self.status = Status(session=front.session, workspace=front.workspace)
        self.since = 0.0
        self.history = History(front.data_dir, front.workspace)
        self.pastes = Pastes()
        self.recall = Recall(self.history.entries())
        self.draft = Buffer(multiline=True)
        self.reply = Buffer(multiline=False)
        self.menu: tuple[Completion, ...] = ()
        self.menu_at = 0
        self.panel: Panel | None = None
        self.asked: Asked | None = None
        self.picked: Callable[[str], None] | None = None
        self.typed_at = 0.0
        self.clear = False
        self.raw: list[str] = []
        self._notice = ("", 0.0)
        self._title = ""
        self._replayed: list[Item] = []
        self._left_out = 0

    # What the session tells.

    def take(self, show: Show) -> None:
        """Fold a show in."""
        now = time.monotonic()
        if show.anew:
            self._begin_anew()
        items: list[Item] = []
        for record in show.records:
            items += self.story.take(record, now)
        if show.replay:
            self._replayed += items
            self._left_out += max(len(self._replayed) - REPLAYED, 0)
            self._replayed = self._replayed[-REPLAYED:]
        else:
            self.scroll.add([*self._history(), *items])
        if show.status is not None:
            self._stand(show.status, now)

    def said(self, line: str, said: Said) -> None:
        """What came of a command."""
        if said.theme:
            self.dress(said.theme)
        if said.copy:
            copied = notices.copied(said.copy)
            self.raw.append(copied)
            if not copied:
                self.notice("too long for the clipboard of a terminal; `/export` writes a file")
        if said.draft:
            self.draw_up(said.draft)
        if said.text:
            self.scroll.add([Prompt(line), Reply(said)])

    def dress(self, name: str) -> None:
        """Another theme, from the next frame on."""
        if name not in THEMES:
            self.notice(f"no theme {name}; there are {', '.join(THEMES)}")
        elif self.colours is not Colours.NONE:
            self.theme = THEMES[name]
            self.resize((self.rows, self.canvas.width))

    # What is going on here.

    def draw_up(self, text: str) -> None:
        """Put a text into the input, to be edited."""
        self.draft.text = text
        self.draft.cursor_position = len(text)
        self.menu = ()

    def empty(self) -> None:
        """The input was sent, or is not wanted."""
        self.draft.reset()
        self.pastes.clear()
        self.menu = ()
        self.recall = Recall(self.history.entries())

    def resize(self, size: tuple[int, int]) -> None:
        """The window's size, or what things look like, is another: the screen is drawn anew."""
        self.rows, columns = size
        self.canvas = Canvas(self.theme, self.colours, columns)
        self.clear = True

    def moment(self) -> Moment:
        """Now, as the live area needs it."""
        return Moment(time.monotonic(), self.since, self.rows)

    def notice(self, text: str) -> None:
        """Say something for a few seconds."""
        self._notice = (text, time.monotonic() + NOTICE_S)

    @property
    def notice_text(self) -> str:
        """What is said at the moment."""
        text, until = self._notice
        return text if time.monotonic() < until else ""

    def ask(self, asked: Asked) -> None:
        """Put a question on the screen."""
        self.asked = asked
        self.panel = Panel(asked.question)
        self.reply.reset()
        if self.settings.notify:
            self.raw.append(notices.notification(f"Pegboard asks: {asked.question.tool or asked.question.text}"))

    def pick(self, question: Question, picked: Callable[[str], None]) -> None:
        """Let the person choose from a list of our own."""
        self.panel, self.picked = Panel(question), picked
        self.panel.is_list = True
        self.reply.reset()

    def withdraw(self) -> None:
        """Take the question away, and every list."""
        self.notice("")
        self.panel = self.asked = self.picked = None
        self.reply.reset()

    def _begin_anew(self) -> None:
        self.story = Story(self.front.workspace)
        self._replayed, self._left_out = [], 0
        self.scroll.clear()
        self.scroll.remember(Note(header(self.front.workspace)))
        self.clear = True

    def _history(self) -> list[Item]:
        """The end of what was before, once all of it came."""
        note = f"… {self._left_out} entries before these are in the journal"
        items = [*([Note(note)] if self._left_out else []), *self._replayed]
        self._replayed, self._left_out = [], 0
        return items

    def _stand(self, status: Status, now: float) -> None:
        was_busy, lasted = self.status.busy, now - self.since
        self.status = status
        if status.workspace:
            self.story.workspace = status.workspace
        if status.busy and not was_busy:
            self.since = now - status.seconds
        long = was_busy and not status.busy and lasted >= self.settings.notify_after_s
        if long and self.settings.notify:
            self.raw.append(notices.notification("Pegboard is done"))
        name = status.title or self.front.workspace.rpartition("/")[2]
        title = f"{'● ' if status.busy else ''}{name} · Pegboard"
        if self.settings.title and title != self._title:
            self._title = title
            self.raw.append(notices.title(title))
