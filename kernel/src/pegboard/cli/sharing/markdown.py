"""A conversation as a Markdown document."""

import re
from collections.abc import Iterator
from typing import Final

from pegboard.cli.sharing.chat import result_text, words
from pegboard.cli.sharing.standing import Standing
from pegboard.cli.show import safe
from pegboard_sdk.wire.records import Message, Reasoning, Role, ToolCall, ToolResult

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")


def markdown(standing: Standing) -> str:
    """The whole document. What a tool said stands in fences that it cannot end."""
    return "\n\n".join(_pieces(standing)) + "\n"


def _pieces(standing: Standing) -> Iterator[str]:
    yield f"# {one_line(standing.title) or 'Session ' + standing.session}"
    model = f", {one_line(standing.init.model)}" if standing.init.model else ""
    yield f"{standing.begun[:16].replace('T', ' ')} UTC, `{one_line(standing.init.workspace)}`{model}"
    for entry in standing.entries:
        if isinstance(entry, ToolResult):
            yield fenced(result_text(entry), note=entry.outcome.value)
            continue
        if entry.role is not Role.ASSISTANT:
            yield f"## {entry.role.value.capitalize()}"
        yield from _said(entry)


def _said(message: Message) -> Iterator[str]:
    for part in message.parts:
        match part:
            case ToolCall():
                yield f"**{one_line(part.tool)}**\n\n{fenced(part.arguments, 'json')}"
            case Reasoning():
                if part.text.strip():
                    yield "\n".join(f"> {line}" for line in safe(part.text).splitlines())
            case _:
                if words(part).strip():
                    yield closed(safe(words(part)))


def one_line(text: str) -> str:
    """The text without line breaks and whatever moves a cursor."""
    return safe(" ".join(text.split()))


def closed(text: str) -> str:
    """The text, with the fence closed that it leaves open: what follows is not part of it."""
    fence = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif fence and line.strip() == fence:
            fence = ""
    return f"{text}\n{fence}" if fence else text


def fenced(text: str, kind: str = "", *, note: str = "") -> str:
    """The text between fences longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    head = f"{note}:\n\n" if note and note != "ok" else ""
    return f"{head}{fence}{kind}\n{safe(text)}\n{fence}"
