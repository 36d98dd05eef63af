"""Records as lines for a person: pure text, no terminal. Nothing that a tool or a model wrote can move the cursor."""

import re
import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from pegboard_sdk.wire import asking
from pegboard_sdk.wire.records import (
    AnyRecord,
    Closed,
    Ending,
    Failure,
    Init,
    Outcome,
    Question,
    Text,
    ToolResult,
    ToolUse,
)

_UNSAFE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufeff\uffa0\ufff9-\ufffb\ue000-\uf8ff\U000e0000-\U000e01ef\U000f0000-\U0010ffff]"
)
_MARKS: Final = {
    Outcome.OK: "✓",
    Outcome.FAILED: "✗",
    Outcome.DENIED: "⊘",
    Outcome.CANCELLED: "■",
    Outcome.UNKNOWN: "?",
}
_ENDS: Final = {Ending.INTERRUPTED: "interrupted", Ending.DENIED: "ended on a denial"}
"""The ends that nothing before has told: a failure and a limit were shown as they came."""
_COLOURS: Final = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Palette(Enum):
    """Whether lines may carry colour."""

    PLAIN = "plain"
    COLOUR = "colour"

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour, where there are colours."""
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if self is Palette.COLOUR and text else text


def safe(text: str) -> str:
    """Text in which control, bidirectional and invisible characters are shown as escapes; line breaks and tabs stay."""
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\r\n", "\n"))


def clipped(text: str, width: int) -> str:
    """One line of at most `width` characters, with what was left out counted."""
    line = safe(" ⏎ ".join(text.splitlines()))
    return line if len(line) <= width else f"{line[: max(width - 1, 1)]}…"


def lines(record: AnyRecord, palette: Palette, width: int = 100) -> Iterator[str]:
    """What a person is shown of a record while a run goes on; nothing for records that are shown elsewhere."""
    match record:
        case Init(resumed=True):
            yield palette.paint(f"session {record.session} goes on", "dim")
        case ToolUse(decision="allow"):
            head = f"● {record.tool} "
            yield palette.paint(head, "cyan") + clipped(_summary(record.arguments), width - len(head))
        case ToolUse():
            yield palette.paint(f"⊘ {record.tool} denied: {clipped(record.reason, width)}", "yellow")
        case ToolResult(outcome=Outcome.DENIED):
            pass
        case ToolResult():
            yield _result_line(record, palette, width)
            if record.shown:
                yield from diff_lines(record.shown, palette)
        case Failure():
            yield palette.paint(f"! {safe(record.message)}", "red")
        case Closed(end=Ending.INTERRUPTED | Ending.DENIED):
            yield palette.paint(_ENDS[record.end], "yellow")
        case _:
            pass


def diff_lines(diff: str, palette: Palette) -> Iterator[str]:
    """A unified diff, coloured."""
    for line in safe(diff).splitlines():
        yield "    " + palette.paint(line, _colour_of(line))


def question_lines(question: Question, palette: Palette, width: int = 100, *, whole: bool = False) -> Iterator[str]:
    """A question with its choices. A long one of the gate's says how much is hidden, and is `whole` on demand.

    What a model wrote stands behind a margin, on each row of the terminal that it takes.
    """
    if not question.sha256:
        yield from _plain_question(question, palette)
        return
    rows = asking.question_lines(question)
    for number, row in enumerate(rows if whole else asking.shortened(rows)):
        inside = row.startswith(asking.MARGIN)
        for piece in folded(row.removeprefix(asking.MARGIN), width - len(asking.MARGIN)):
            head = asking.MARGIN if inside else "  " if number else "? "
            yield head + palette.paint(piece, _colour_of(piece) if inside else "bold")
    for choice in question.choices:
        yield f"  {choice:8} {safe(question.covers.get(choice, ''))}"


def _plain_question(question: Question, palette: Palette) -> Iterator[str]:
    first, *rest = safe(question.text).splitlines() or [""]
    # Nobody but the gate may look like the gate.
    asker = f"{clipped(question.tool, 64)} asks: " if question.tool else ""
    yield palette.paint(f"? {asker}{first}", "bold")
    yield from (f"{asking.MARGIN}{line}" for line in rest)
    if question.choices:
        yield "  " + " / ".join(safe(choice) for choice in question.choices)


def folded(text: str, width: int) -> Iterator[str]:
    """The text in rows of at most `width` columns, so that no terminal wraps it itself and loses its margin."""
    row, used = "", 0
    for letter in text:
        columns = 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used + columns > max(width, 2):
            yield row
            row, used = "", 0
        row, used = row + letter, used + columns
    yield row


def _colour_of(line: str) -> str:
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "dim")


def _summary(arguments: dict[str, Any]) -> str:
    if len(arguments) == 1:
        return str(next(iter(arguments.values())))
    return " ".join(f"{name}={_short(value)}" for name, value in arguments.items())


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _result_line(result: ToolResult, palette: Palette, width: int) -> str:
    text = "\n".join(part.text for part in result.parts if isinstance(part, Text))
    count = len(text.splitlines())
    first = next((line for line in text.splitlines() if line.strip()), "")
    colour = "green" if result.outcome is Outcome.OK else "red"
    size = f" ({count} lines)" if count > 1 else ""
    seconds = f" {result.duration_ms / 1000:.1f} s" if result.duration_ms >= 1000 else ""
    mark = palette.paint(f"  {_MARKS[result.outcome]}", colour)
    return f"{mark} {clipped(first, width - 4 - len(size + seconds))}{palette.paint(size + seconds, 'dim')}"
