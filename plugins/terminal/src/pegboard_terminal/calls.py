"""A tool call on one line: what was called, how it ended, how long it took; and what is worth seeing below it. Pure."""

import os
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.text import Text

from pegboard_sdk.wire.records import Outcome, ToolResult, ToolUse
from pegboard_sdk.wire.records import Text as TextPart
from pegboard_terminal.cleaning import of_program, one_line
from pegboard_terminal.diffs import diff
from pegboard_terminal.rows import Canvas
from pegboard_terminal.theme import Role

MARKS: Final = {
    Outcome.OK: ("✓", Role.GOOD),
    Outcome.FAILED: ("✗", Role.BAD),
    Outcome.DENIED: ("⊘", Role.WARN),
    Outcome.CANCELLED: ("■", Role.WARN),
    Outcome.UNKNOWN: ("?", Role.BAD),
}
_WORDS: Final = {
    Outcome.OK: "",
    Outcome.FAILED: "failed",
    Outcome.DENIED: "denied",
    Outcome.CANCELLED: "cancelled",
    Outcome.UNKNOWN: "died; nobody can say what it did",
}
FOLDED_FAILURE: Final = 3
"""Lines of a failure that are shown without asking."""
_FAILURE_LINE: Final = 300
"""Characters of each of them."""
FOLDED_DIFF: Final = 30
EXPANDED: Final = 2000
"""Lines of an output that Ctrl+O prints; the whole stays in the journal."""
_LARGEST: Final = 1 << 20
"""Characters of an output that are looked at to draw it."""
_LONGEST: Final = 2000
"""Characters of a line of output that are shown."""
_FIRST: Final = ("command", "path", "file_path", "pattern", "query", "url", "question", "name")
"""Arguments that say most, in this order."""


def summary(arguments: Mapping[str, Any], workspace: str) -> str:
    """What a call is about, from its arguments; paths inside the workspace are shown from there."""
    for name in _FIRST:
        if isinstance(arguments.get(name), str):
            return _near(arguments[name], workspace)
    if len(arguments) == 1:
        return str(next(iter(arguments.values())))
    return " ".join(f"{name}={_short(value)}" for name, value in arguments.items())


def seconds_in_words(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def call_line(
    canvas: Canvas, use: ToolUse | None, result: ToolResult, workspace: str, *, folded: bool = True
) -> RenderableType:
    """The line of a call that ended."""
    mark, role = MARKS[result.outcome]
    output = output_of(result)
    facts = [
        _WORDS[result.outcome],
        seconds_in_words(result.duration_ms / 1000) if result.duration_ms >= 100 else "",
        f"{_lines(output)} lines" if folded and _lines(output) > 1 and not result.shown else "",
        one_line(result.note, 60) if result.note else "",
    ]
    tail = "  " + ", ".join(filter(None, facts)) if any(facts) else ""
    head = f"{mark} {one_line(result.tool, 40)} "
    room = canvas.width - len(head) - len(tail)
    about = one_line(summary(use.arguments, workspace), max(room, 8)) if use else ""
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(mark, canvas.style(role))
    line.append(head.removeprefix(mark), canvas.style(Role.TOOL))
    line.append(about)
    line.append(tail, canvas.style(Role.DIM if result.outcome is Outcome.OK else role))
    return line


def below(canvas: Canvas, use: ToolUse | None, result: ToolResult) -> RenderableType | None:
    """What is shown below a call's line without asking: an edit's diff, the end of a failure, why it was denied."""
    if result.shown:
        return diff(canvas, result.shown, most=FOLDED_DIFF)
    if result.outcome is Outcome.DENIED:
        reason = use.reason if use and use.reason else output_of(result)
        return _indented(canvas, [one_line(reason, 400)], canvas.style(Role.WARN)) if reason else None
    if result.outcome is Outcome.OK:
        return None
    lines = [line for line in output_of(result)[-4000:].split("\n") if line.strip()]
    shown = [line[-_FAILURE_LINE:] for line in lines[-FOLDED_FAILURE:]]
    return _indented(canvas, of_program("\n".join(shown)).split("\n")) if lines else None


def expanded(canvas: Canvas, use: ToolUse | None, result: ToolResult, workspace: str) -> RenderableType:
    """A call with its whole output, as far as a person would read it."""
    parts: list[RenderableType] = [call_line(canvas, use, result, workspace, folded=False)]
    if result.shown:
        parts.append(diff(canvas, result.shown, most=EXPANDED))
    output = output_of(result)
    if output.strip():
        lines = of_program(output[:_LARGEST]).rstrip("\n").split("\n")
        more = _lines(output) - EXPANDED
        shown = [line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…" for line in lines[:EXPANDED]]
        if more > 0 or len(output) > _LARGEST:
            shown.append(f"… {more} lines more; the journal has them all" if more > 0 else "… the journal has the rest")
        parts.append(_indented(canvas, shown))
    return Group(*parts)


def output_of(result: ToolResult) -> str:
    """The text of a result."""
    texts = [part.text for part in result.parts if isinstance(part, TextPart)]
    return texts[0] if len(texts) == 1 else "\n".join(texts)


def _indented(canvas: Canvas, lines: list[str], style: Style | None = None) -> RenderableType:
    text = Text("\n".join(lines), style or canvas.style(Role.DIM), overflow="fold")
    return Padding(text, (0, 0, 0, 2))


def _lines(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n")) if text else 0


def _near(text: str, workspace: str) -> str:
    inside = workspace.rstrip(os.sep) + os.sep
    return text[len(inside) :] if workspace and text.startswith(inside) else text


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
