"""One of each thing that a plugin can offer; `sdk/AUTHORING.md` quotes it, so it stays short."""

import os
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from pegboard_sdk import (
    Context,
    Delta,
    Finish,
    Message,
    ModelContext,
    ModelInfo,
    ModelReply,
    Plugin,
    Role,
    Setup,
    StreamModel,
    Text,
    ToolFailed,
    ToolUse,
)


class Tour(Plugin):
    """The plugin, with what it holds while it runs."""

    greeting = "Hello"


plugin = Tour("example.tour")


@plugin.on_start
def start(setup: Setup) -> None:
    """Take the user's settings, before the first call."""
    plugin.greeting = str(setup.settings.get("greeting", "Hello"))


@plugin.tool(effect="read", family="read", repeatable=True, subjects={"path": "file:read"})
def count_lines(path: str, *, ctx: Context) -> str:
    """Count the lines of a file."""
    file = ctx.file("path")
    with open(file.fd, "rb", closefd=False) as content:
        return f"{file.path} has {sum(1 for _ in content)} lines"


@plugin.tool(effect="write", family="write", subjects={"path": "file:write"})
def write_new(path: str, text: str, *, ctx: Context) -> str:
    """Write a text into a new file."""
    file = ctx.file("path")
    if file.exists:
        raise ToolFailed(f"{file.path} is there already")
    fd = os.open(file.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=file.fd)
    with open(fd, "w", encoding="utf-8") as new:
        new.write(text)
    return f"wrote {file.path}"


@plugin.tool(effect="read", timeout_s=60)
def count_down(start: Annotated[int, Meta(ge=1, le=1000)], *, ctx: Context) -> str:
    """Count down.

    start: the first number
    """
    for number in range(start, 0, -1):
        ctx.write(f"{number}\n")
        ctx.progress(start - number, start)
    return "Lift-off."


@plugin.tool(effect="read", timeout_s=0)
def choose(options: list[str], *, ctx: Context) -> str:
    """Let the user choose."""
    return ctx.ask("Which one?", choices=tuple(options))


@plugin.command("greet", summary="Greets with the configured word.")
def greet(text: str) -> str:
    """Greet."""
    return f"{plugin.greeting} {text or 'everyone'}."


@plugin.hook
def context(workspace: str) -> str:
    """Tell the model something, once a session."""
    return f"The workspace is {workspace}."


@plugin.hook(kind="gate")
def before_tool(use: ToolUse) -> ToolUse | None:
    """Refuse what nobody should do."""
    if use.tool == "bash" and "push --force" in str(use.arguments.get("command")):
        return replace(use, decision="deny", reason="nobody pushes by force here")
    return None


@plugin.model("echo")
def stream(request: StreamModel, *, ctx: ModelContext) -> ModelReply:
    """Says what was said last, word by word."""
    last = ctx.entries(request)[-1]
    said = "".join(part.text for part in last.parts if isinstance(part, Text))
    for word in said.split():
        ctx.delta(Delta(stream="text", text=word + " "))
    return ModelReply(message=Message(role=Role.ASSISTANT, parts=(Text(text=said),), finish=Finish.STOP))


@plugin.models
def models() -> list[ModelInfo]:
    """Lists what there is to ask."""
    return [ModelInfo(id="again", context=100_000)]


if __name__ == "__main__":
    plugin.run()
