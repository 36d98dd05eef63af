"""What is printed into the scrollback, once: each kind of item, and how it looks. Pure."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from pegboard_sdk.wire.fronting import Form, Said
from pegboard_sdk.wire.records import Answer, Closed, Ending, Failure, Question, ToolResult, ToolUse
from pegboard_terminal import calls
from pegboard_terminal.blocks import Block
from pegboard_terminal.cleaning import clean, one_line
from pegboard_terminal.columns import laid_out
from pegboard_terminal.diffs import diff
from pegboard_terminal.markdown import drawn as drawn_block
from pegboard_terminal.rows import Canvas, Row
from pegboard_terminal.theme import Role

PROMPT: Final = "\u276f "
_PROMPT_LINES: Final = 40
_SAID_LINES: Final = 3000


class Prompt(Struct, frozen=True):
    """What a person said."""

    text: str


class Prose(Struct, frozen=True):
    """A finished block of an answer."""

    block: Block


class Thought(Struct, frozen=True):
    """What a model said of its thinking; folded to a line. `seconds` is 0 when nobody watched."""

    text: str
    seconds: float = 0


class Called(Struct, frozen=True):
    """A call that ended."""

    use: ToolUse | None
    result: ToolResult
    workspace: str = ""


class Trouble(Struct, frozen=True):
    """Something went wrong."""

    failure: Failure


class Ended(Struct, frozen=True):
    """A run ended otherwise than well."""

    closed: Closed


class Decided(Struct, frozen=True):
    """A question and what was said to it."""

    question: Question | None
    answer: Answer


class Note(Struct, frozen=True):
    """A line of ours."""

    text: str
    role: Role = Role.DIM


class Reply(Struct, frozen=True):
    """What came of a slash command."""

    said: Said


Item = Prompt | Prose | Thought | Called | Trouble | Ended | Decided | Note | Reply

ADVICE: Final = {
    "UNAUTHENTICATED": "`peg login` takes a key; `/model` chooses another model",
    "RATE_LIMITED": "wait a little and send it again, or `/model` chooses another model",
    "UPSTREAM": "send it again, or `/model` chooses another model",
    "DEADLINE": "send it again, or `/model` chooses another model",
    "TOO_LARGE": "`/compact` shortens the conversation; `/clear` begins a new one",
    "PLUGIN_DOWN": "`/reload` starts the plugin again; `peg doctor` looks for why",
    "START_FAILED": "`peg doctor` looks for why",
    "UNRESPONSIVE": "`/reload` starts the plugin again",
    "PERMISSION_DENIED": "`/permissions` shows what is allowed",
    "UNHEARD": "Alt+Up brings it back into the input",
    "LIMIT": "send `go on` to continue; `limits` in the configuration raises it",
    "LOOP": "say what it should do instead",
    "PROXY": "a host can be allowed when a command asks for it",
}
"""What a person can do about an error, by its code."""
_ENDS: Final = {
    Ending.INTERRUPTED: "interrupted",
    Ending.DENIED: "ended on a denial",
}


def drawn(item: Item, canvas: Canvas) -> list[Row]:
    """The rows of an item, without the blank line before it."""
    width = canvas.prose if isinstance(item, Prose) and item.block.language is None else canvas.width
    return canvas.rows(_DRAW[type(item)](item, canvas), width)


def expanded(item: Item, canvas: Canvas) -> list[Row]:
    """The rows of an item that was folded, in whole; none where there is nothing more to see."""
    if isinstance(item, Called):
        return canvas.rows(calls.expanded(canvas, item.use, item.result, item.workspace), canvas.width)
    if isinstance(item, Thought):
        head = Text(_thought_head(item), canvas.style(Role.DIM))
        body = Padding(Text(clean(item.text).strip(), canvas.style(Role.QUOTE)), (0, 0, 0, 2))
        return canvas.rows(Group(head, body))
    return []


def needs_gap(before: Item | None, item: Item) -> bool:
    """Whether a blank line stands between two items: none among calls, nor inside of an answer's list or listing."""
    if before is None:
        return False
    if isinstance(item, Prose):
        return not (item.block.joined and isinstance(before, Prose))
    close = (Called, Thought, Decided, Note)
    if isinstance(item, close) and isinstance(before, close):
        return isinstance(before, Called) and bool(before.result.shown)
    return not (isinstance(item, Reply) and isinstance(before, Prompt))


def _prompt(item: Prompt, canvas: Canvas) -> RenderableType:
    lines = clean(item.text).split("\n")
    if len(lines) > _PROMPT_LINES:
        lines = [*lines[:_PROMPT_LINES], f"… {len(lines) - _PROMPT_LINES} lines more"]
    text = Text(overflow="fold")
    for number, line in enumerate(lines):
        text.append("\n  " if number else PROMPT, canvas.style(Role.PROMPT))
        text.append(line, canvas.style(Role.USER))
    return text


def _prose(item: Prose, canvas: Canvas) -> RenderableType:
    return drawn_block(item.block, canvas.theme)


def _thought(item: Thought, canvas: Canvas) -> RenderableType:
    return Text(_thought_head(item), canvas.style(Role.DIM), no_wrap=True, overflow="ellipsis")


def _thought_head(item: Thought) -> str:
    words = f" for {calls.seconds_in_words(item.seconds)}" if item.seconds >= 1 else ""
    return f"∴ thought{words}"


def _called(item: Called, canvas: Canvas) -> RenderableType:
    line = calls.call_line(canvas, item.use, item.result, item.workspace)
    more = calls.below(canvas, item.use, item.result)
    return line if more is None else Group(line, more)


def _trouble(item: Trouble, canvas: Canvas) -> RenderableType:
    failure = item.failure
    who = f"{one_line(failure.plugin, 40)}: " if failure.plugin else ""
    text = Text(f"! {who}{clean(failure.message)}", canvas.style(Role.BAD), overflow="fold")
    if advice := ADVICE.get(failure.code):
        return Group(text, Padding(Text(f"→ {advice}", canvas.style(Role.DIM)), (0, 0, 0, 2)))
    return text


def _ended(item: Ended, canvas: Canvas) -> RenderableType:
    words = _ENDS.get(item.closed.end, "the run ended by an error")
    return Text(f"■ {words}", canvas.style(Role.WARN))


def _decided(item: Decided, canvas: Canvas) -> RenderableType:
    answer = item.answer
    choices = item.question.choices if item.question else ()
    refused = answer.answer == "no" or (bool(choices) and "no" in choices and answer.answer not in choices)
    asked = item.question.tool or item.question.text if item.question else ""
    by = f" ({one_line(answer.by, 20)})" if answer.by and answer.by != "terminal" else ""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("⊘ " if refused else "\u203a ", canvas.style(Role.WARN if refused else Role.ACCENT))
    text.append(f"{one_line(asked, 40)}: " if asked else "", canvas.style(Role.DIM))
    text.append(one_line(answer.answer, 200) or "no answer")
    text.append(by, canvas.style(Role.DIM))
    return text


def _note(item: Note, canvas: Canvas) -> RenderableType:
    return Text(clean(item.text), canvas.style(item.role), overflow="fold")


def _reply(item: Reply, canvas: Canvas) -> RenderableType:
    said = item.said
    if said.form is Form.DIFF:
        return diff(canvas, said.text, most=_SAID_LINES, indent=0)
    if said.form is Form.MARKDOWN:
        return drawn_block(Block(said.text), canvas.theme)
    role = Role.BAD if said.failed else Role.USER
    lines = clean(said.text[: _SAID_LINES * 200]).split("\n")[:_SAID_LINES]
    style = canvas.style(role) if said.failed else ""
    return Padding(Text(laid_out(lines, canvas.width - 2), style, overflow="fold"), (0, 0, 0, 2))


_DRAW: Final[dict[type, Callable[..., RenderableType]]] = {
    Prompt: _prompt,
    Prose: _prose,
    Thought: _thought,
    Called: _called,
    Trouble: _trouble,
    Ended: _ended,
    Decided: _decided,
    Note: _note,
    Reply: _reply,
}
