"""What each key does, by the names of the table in `keys`. What waits for the session is done by `Errands`."""

import time
from collections.abc import Callable
from typing import Final

from prompt_toolkit.key_binding import KeyPressEvent

from pegboard_sdk.wire.fronting import When
from pegboard_sdk.wire.records import Question
from pegboard_terminal.asking import question_left
from pegboard_terminal.desk import Desk
from pegboard_terminal.errands import Errands
from pegboard_terminal.items import Item
from pegboard_terminal.pasting import mention_of

TWICE_S: Final = 0.8
"""Two keys within this time are one."""
LEAVE_S: Final = 2.0
COMMAND: Final = "/"


class Actions:
    """The keys' methods. `leave` ends the front-end."""

    def __init__(self, desk: Desk, errands: Errands, leave: Callable[[], None]) -> None:
        self._desk = desk
        self._errands = errands
        self._leave = leave
        self._escaped = 0.0
        self._cleared = 0.0
        self._unfolded: Item | None = None

    # The input.

    def send(self, event: KeyPressEvent) -> None:
        draft = self._desk.draft
        if draft.document.text_before_cursor.endswith("\\"):
            draft.delete_before_cursor()
            draft.insert_text("\n")
        else:
            self._submit(When.STEER)

    def queue(self, event: KeyPressEvent) -> None:
        if self._desk.status.busy:
            self._submit(When.QUEUE)
        else:
            self._desk.draft.insert_text("\n")

    def newline(self, event: KeyPressEvent) -> None:
        self._desk.draft.insert_text("\n")

    def take_back(self, event: KeyPressEvent) -> None:
        self._errands.take_back()

    def next_mode(self, event: KeyPressEvent) -> None:
        self._errands.command("/mode next")

    def complete(self, event: KeyPressEvent) -> None:
        self._errands.look_up(self._desk.draft.document.text_before_cursor, asked=True)

    def up(self, event: KeyPressEvent) -> None:
        if self._desk.draft.document.cursor_position_row:
            self._desk.draft.cursor_up()
        else:
            self._walk(-1)

    def down(self, event: KeyPressEvent) -> None:
        if not self._desk.draft.document.on_last_line:
            self._desk.draft.cursor_down()
        else:
            self._walk(1)

    def paste(self, event: KeyPressEvent) -> None:
        if self._desk.panel is not None:
            self._desk.reply.insert_text(" ".join(event.data.split()))
        else:
            self._desk.draft.insert_text(mention_of(event.data) or self._desk.pastes.fold(event.data))

    def paste_image(self, event: KeyPressEvent) -> None:
        self._errands.paste()

    def search(self, event: KeyPressEvent) -> None:
        found = list(dict.fromkeys(reversed(self._desk.history.entries())))
        if not found:
            self._desk.notice("nothing was typed before")
            return

        question = Question(question="history", text="What was typed before", choices=tuple(found))
        self._desk.pick(question, self._desk.draw_up)

    def clear(self, event: KeyPressEvent) -> None:
        now, desk = time.monotonic(), self._desk
        twice, self._cleared = now - self._cleared < LEAVE_S, now
        if desk.panel is not None:
            self._leave_question()
        elif desk.draft.text:
            desk.empty()
        elif twice:
            self._leave()
        elif desk.status.busy:
            self._errands.interrupt()
            desk.notice("interrupted; Ctrl+C again leaves")
        else:
            desk.notice("Ctrl+C again leaves; so does Ctrl+D")

    def end(self, event: KeyPressEvent) -> None:
        if self._desk.draft.text:
            self._desk.draft.delete()
        else:
            self._leave()

    # Anywhere.

    def escape(self, event: KeyPressEvent) -> None:
        now, desk = time.monotonic(), self._desk
        twice, self._escaped = now - self._escaped < TWICE_S, now
        if desk.menu:
            desk.menu = ()
        elif desk.panel is not None:
            self._leave_question()
        elif twice and not desk.status.busy:
            self._escaped = 0.0
            if desk.draft.text:
                desk.history.add(desk.draft.text)
                desk.empty()
            else:
                self._errands.command("/rewind")
        elif desk.status.busy:
            # Who presses it twice to be sure does not want to rewind.
            self._escaped = 0.0
            self._errands.interrupt()
            desk.notice("interrupted")
        else:
            desk.notice("Esc again clears the input" if desk.draft.text else "Esc again rewinds")

    def expand(self, event: KeyPressEvent) -> None:
        folded = list(self._desk.story.folded)
        if self._unfolded in folded:
            folded = folded[: folded.index(self._unfolded)]
        while folded:
            self._unfolded = folded.pop()
            if self._desk.scroll.expand(self._unfolded, self._desk.canvas):
                return
        self._unfolded = None
        self._desk.notice("nothing is folded")

    def clear_screen(self, event: KeyPressEvent) -> None:
        self._desk.scroll.clear()
        self._desk.clear = True

    def suspend(self, event: KeyPressEvent) -> None:
        self._errands.suspend()

    # A menu.

    def menu_up(self, event: KeyPressEvent) -> None:
        self._desk.menu_at = (self._desk.menu_at - 1) % len(self._desk.menu)

    def menu_down(self, event: KeyPressEvent) -> None:
        self._desk.menu_at = (self._desk.menu_at + 1) % len(self._desk.menu)

    def menu_take(self, event: KeyPressEvent) -> None:
        desk = self._desk
        chosen = desk.menu[desk.menu_at]
        desk.menu = ()
        desk.draft.delete_before_cursor(chosen.replaces)
        desk.draft.insert_text(chosen.insert)

    def menu_enter(self, event: KeyPressEvent) -> None:
        """Take it; what is complete without it, a command's name, is sent."""
        desk = self._desk
        before = desk.draft.document.text_before_cursor
        chosen = desk.menu[desk.menu_at]
        made = before[: len(before) - chosen.replaces] + chosen.insert
        if made.strip() == before.strip() or (made.startswith(COMMAND) and " " not in made.strip()):
            self.menu_take(event)
            desk.draft.text = desk.draft.text.rstrip()
            self._submit(When.STEER)
        else:
            self.menu_take(event)

    # A question.

    def choice_up(self, event: KeyPressEvent) -> None:
        if self._desk.panel is not None:
            self._desk.panel.move(-1, self._desk.reply.text)

    def choice_down(self, event: KeyPressEvent) -> None:
        if self._desk.panel is not None:
            self._desk.panel.move(1, self._desk.reply.text)

    def page_down(self, event: KeyPressEvent) -> None:
        if self._desk.panel is not None:
            self._desk.panel.turn(1)

    def page_up(self, event: KeyPressEvent) -> None:
        if self._desk.panel is not None:
            self._desk.panel.turn(-1)

    def answer(self, event: KeyPressEvent) -> None:
        desk = self._desk
        if desk.panel is None:
            return
        typed = desk.reply.text
        if desk.panel.question.sha256 and typed.strip() == "show":
            desk.scroll.print_rows(desk.panel.everything(desk.canvas))
            desk.reply.reset()
            return
        answer = desk.panel.answer(typed)
        if answer is None:
            desk.notice("not all of it was seen; this is more of it")
            desk.panel.turn(1)
            desk.reply.reset()  # what stays in it would be read with what is typed next
            return
        if desk.picked is not None:
            desk.picked(answer.answer)
        if desk.asked is not None:
            desk.asked.answer(answer)
        desk.withdraw()

    def _walk(self, by: int) -> None:
        text = self._desk.recall.step(by, self._desk.draft.text)
        if text is not None:
            self._desk.draw_up(text)

    def _leave_question(self) -> None:
        desk = self._desk
        if desk.asked is not None:
            if desk.status.busy:
                self._errands.interrupt()
            desk.asked.answer(question_left(desk.asked.question))
        desk.withdraw()

    def _submit(self, when: When) -> None:
        desk = self._desk
        typed = desk.draft.text
        if not typed.strip():
            return
        text = desk.pastes.unfold(typed)
        desk.history.add(text)
        desk.empty()
        self._errands.say(text, when)
