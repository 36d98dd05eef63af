"""A question while it is on the screen: what is chosen, which part of it is shown, and what has been seen. Pure."""

from pegboard_sdk.wire.records import Answer, Question
from pegboard_terminal.asking import FEW, answer_to, body, choice_rows, choices_of, compact_rows, matching
from pegboard_terminal.cleaning import one_line
from pegboard_terminal.rows import Canvas, Row, cut
from pegboard_terminal.theme import Role

LIST_ROWS = 10
"""Rows of a list of choices."""


class Panel:
    """One question. The text that is typed meanwhile is its owner's, and handed in."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.chosen = 0
        self.is_list = not question.sha256 and len(question.choices) > FEW
        self._top = 0
        self._page = 1
        self._seen = 0
        self._total = 1
        self._width = 0
        self._printed = False

    @property
    def whole(self) -> bool:
        """Whether every line of it was on the screen."""
        return self._printed or self._seen >= self._total

    def rows(self, canvas: Canvas, typed: str, room: int) -> list[Row]:
        """What is asked, as much as there is room for, and the choices."""
        return [cut(row, canvas.width) for row in self._rows(canvas, typed, room)]

    def _rows(self, canvas: Canvas, typed: str, room: int) -> list[Row]:
        offered = self._list(canvas, typed) if self.is_list else self._choices(canvas, typed, room // 2)
        asked = body(self.question, canvas)
        if canvas.width != self._width:
            self._width, self._top, self._seen = canvas.width, 0, 0
        self._total = len(asked)
        space = max(room - len(offered) - 1, 3)
        if len(asked) <= space:
            self._seen, self._page = len(asked), space
            return [*asked, *offered]
        self._page = space - 1
        self._top = max(0, min(self._top, len(asked) - self._page))
        shown = asked[self._top : self._top + self._page]
        if self._top <= self._seen:
            self._seen = max(self._seen, self._top + len(shown))
        return [*shown, self._place(canvas, len(shown)), *offered]

    def _choices(self, canvas: Canvas, typed: str, room: int) -> list[Row]:
        marked = self._marked(typed)
        found = choice_rows(self.question, marked, canvas)
        return found if len(found) <= room else compact_rows(self.question, marked, canvas)

    def move(self, by: int, typed: str) -> None:
        """Choose another one."""
        count = len(self._offered(typed))
        self.chosen = (self.chosen + by) % count if count else 0

    def turn(self, by: int) -> None:
        """Another page."""
        self._top = max(0, self._top + by * self._page)

    def everything(self, canvas: Canvas) -> list[Row]:
        """All of it, to be printed: it counts as seen."""
        self._printed = True
        return body(self.question, canvas)

    def answer(self, typed: str) -> Answer | None:
        """What is said by Enter; None when it has to be seen whole first."""
        offered = self._offered(typed)
        if self.is_list:
            said = self.question.choices[offered[min(self.chosen, len(offered) - 1)]] if offered else typed
        else:
            marked = self._marked(typed)
            said = self.question.choices[marked] if marked >= 0 else typed
        return answer_to(self.question, said, whole=self.whole)

    def _offered(self, typed: str) -> list[int]:
        if self.is_list:
            return matching(self.question.choices, typed)
        return list(range(len(self.question.choices)))

    def _marked(self, typed: str) -> int:
        """The choice that Enter takes; -1 for the text itself."""
        if not self.question.choices:
            return -1
        said = typed.strip().lower()
        if not said:
            return min(self.chosen, len(self.question.choices) - 1)
        exact = [at for at, choice in enumerate(self.question.choices) if choice.lower() == said]
        keyed = [at for at, choice in enumerate(choices_of(self.question)) if choice.key == said]
        begun = [at for at, choice in enumerate(self.question.choices) if choice.lower().startswith(said)]
        found = exact or keyed or begun
        return found[0] if len(found) == 1 else -1

    def _place(self, canvas: Canvas, shown: int) -> Row:
        words = f"[ lines {self._top + 1}-{self._top + shown} of {self._total}: PgDn, or `show` ]"
        return ((canvas.style(Role.WARN), one_line(words, canvas.width - 1)),)

    def _list(self, canvas: Canvas, typed: str) -> list[Row]:
        offered = self._offered(typed)
        self.chosen = min(self.chosen, max(len(offered) - 1, 0))
        first = max(0, min(self.chosen - LIST_ROWS // 2, len(offered) - LIST_ROWS))
        rows: list[Row] = []
        for number, at in enumerate(offered[first : first + LIST_ROWS], first):
            on = number == self.chosen
            text = self.question.choices[at]
            name = one_line(text, canvas.width - 3)
            about = one_line(self.question.covers.get(text, ""), max(canvas.width - len(name) - 6, 0))
            style = canvas.style(Role.CHOSEN if on else Role.MENU)
            tail = f"  {about}" if len(about) > 8 else ""
            rows.append(((style, ("\u276f " if on else "  ") + name), (canvas.style(Role.DIM), tail)))
        left = len(offered) - len(rows)
        words = f"  {left} more; type to find" if left else "" if offered else "  nothing has these letters"
        return [*rows, ((canvas.style(Role.DIM), words),)] if words else rows
