"""A question on the screen: its lines, its choices, and what a key or a text means as an answer. Pure.

What the gate asks is shown exactly and escaped, by `pegboard_sdk.wire.asking`; its hash goes back only when every line
of it was on the screen.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from rich.cells import cell_len, chop_cells
from rich.style import Style
from rich.text import Text

from pegboard_sdk.wire.asking import MARGIN, question_lines
from pegboard_sdk.wire.records import Answer, Question
from pegboard_sdk.wire.visible import visible
from pegboard_terminal.cleaning import clean, one_line
from pegboard_terminal.rows import Canvas, Row
from pegboard_terminal.theme import Role

NAME: Final = "terminal"
_SIGNS: Final = {"+": Role.GOOD, "-": Role.BAD, "@": Role.HUNK}
FEW: Final = 9
"""More choices than these are a list to filter."""


class Choice(Struct, frozen=True):
    """An answer that is offered, and the key that gives it at once; empty when another has that letter."""

    text: str
    key: str
    covers: str


def choices_of(question: Question) -> list[Choice]:
    """The choices in their order, each with its first letter that no other took, or a number."""
    found: list[Choice] = []
    taken: set[str] = set()
    for number, text in enumerate(question.choices, 1):
        letters = [letter for letter in text.lower()[:1] if letter.isalnum() and letter not in taken]
        key = letters[0] if letters else str(number) if number < 10 and str(number) not in taken else ""
        taken.add(key)
        found.append(Choice(text, key, question.covers.get(text, "")))
    return found


def body(question: Question, canvas: Canvas) -> list[Row]:
    """What is asked, in rows that no terminal wraps; foreign text stands behind a margin on each of them."""
    if not question.sha256:
        return list(_plain(question, canvas))
    width = max(canvas.width - len(MARGIN), 4)
    rows: list[Row] = []
    for number, line in enumerate(question_lines(question)):
        inside = line.startswith(MARGIN)
        text = line.removeprefix(MARGIN)
        style = canvas.style(_SIGNS.get(text[:1], Role.MENU)) if inside else Style.null()
        if not number:
            style = canvas.style(Role.WARN) + Style(bold=bool(canvas.theme.styles))
        if inside:
            rows += [((canvas.style(Role.DIM), MARGIN), (style, piece)) for piece in chop_cells(text, width) or [""]]
        else:
            # Our own words are folded between words, foreign ones wherever the row ends.
            folded = canvas.rows(Text(text, style, overflow="fold"), width) or [()]
            rows += [((style, "  " if number or at else "? "), *row) for at, row in enumerate(folded)]
    return rows


def _plain(question: Question, canvas: Canvas) -> Iterator[Row]:
    asker = f"{one_line(question.tool, 40)} asks: " if question.tool else ""
    strong = canvas.style(Role.WARN) + Style(bold=bool(canvas.theme.styles))
    for number, line in enumerate(clean(question.text).split("\n")):
        text = Text(f"? {asker}{line}" if not number else f"{MARGIN}{line}", strong if not number else "")
        yield from canvas.rows(text) or [()]


def choice_rows(question: Question, chosen: int, canvas: Canvas) -> list[Row]:
    """The choices, the chosen one marked, with what each covers where there is room, else below it."""
    found = choices_of(question)
    names = [f"{choice.key} {visible(choice.text)}" if choice.key else f"  {visible(choice.text)}" for choice in found]
    wide = max(map(cell_len, names), default=0)
    beside = canvas.width - wide - 5 >= 24
    margin = wide + 4 if beside else 4
    rows: list[Row] = []
    for number, (choice, name) in enumerate(zip(found, names, strict=True)):
        on = number == chosen
        head = (canvas.style(Role.CHOSEN if on else Role.MENU), ("\u276f " if on else "  ") + name[: canvas.width - 3])
        about = canvas.rows(Text(visible(choice.covers), canvas.style(Role.DIM)), max(canvas.width - margin - 1, 8))
        first = [(Style.null(), " " * (wide - cell_len(name) + 2)), *about.pop(0)] if beside and about else []
        rows.append((head, *first))
        rows += [((Style.null(), " " * margin), *row) for row in about]
    return rows


def compact_rows(question: Question, chosen: int, canvas: Canvas) -> list[Row]:
    """The choices beside each other and what the chosen one covers below them, for screens with few rows."""
    found = choices_of(question)
    rows: list[Row] = []
    row: list[tuple[Style, str]] = []
    for number, choice in enumerate(found):
        on = number == chosen
        name = ("\u276f " if on else "") + f"{choice.key} {visible(choice.text)}".strip()
        if row and sum(cell_len(text) for _, text in row) + cell_len(name) + 2 >= canvas.width:
            rows.append(tuple(row))
            row = []
        gap = [(Style.null(), "  ")] if row else []
        row += [*gap, (canvas.style(Role.CHOSEN if on else Role.MENU), name)]
    rows.append(tuple(row))
    covers = visible(found[chosen].covers) if 0 <= chosen < len(found) else "a no, and these words with it"
    return [*rows, *canvas.rows(Text(covers, canvas.style(Role.DIM)), canvas.width - 1)]


def question_left(question: Question) -> Answer:
    """What leaving a question without an answer means: a no, where that is a choice."""
    return Answer(question=question.question, answer="no" if "no" in question.choices else "", by=NAME)


def answer_to(question: Question, said: str, *, whole: bool) -> Answer | None:
    """The answer, with the hash where all of it was shown; None for a yes to something that was not seen whole."""
    text = said.strip()
    granting = bool(question.sha256) and text in question.choices and text != "no"
    if granting and not whole:
        return None
    return Answer(question=question.question, answer=text, by=NAME, sha256=question.sha256 if whole else "")


def matching(found: Sequence[str], words: str) -> list[int]:
    """Which of many choices hold all letters of each word, in order; the best first."""
    wanted = words.lower().split()
    scored = [(score, at) for at, text in enumerate(found) if (score := _score(text.lower(), wanted)) is not None]
    return [at for _, at in sorted(scored)]


def _score(text: str, wanted: Sequence[str]) -> int | None:
    total = 0
    for word in wanted:
        at = text.find(word)
        if at >= 0:
            total += at
            continue
        place = -1
        for letter in word:
            place = text.find(letter, place + 1)
            if place < 0:
                return None
        total += 1000 + place
    return total
