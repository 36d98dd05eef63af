"""A plain conversation, line by line: what works on any terminal until a front-end plugin takes over."""

import shutil
import sys
from functools import partial
from typing import Final

import trio

from pegboard.agent import Agent
from pegboard.cli.exits import Exit
from pegboard.cli.fronts import palette_of
from pegboard.cli.holding import hold
from pegboard.cli.launch import Launch
from pegboard.cli.show import clipped, lines, question_lines, safe
from pegboard_sdk.wire.records import Answer, AnyRecord, Closed, Delta, Failure, Message, Question, ToolResult, ToolUse

LEAVE: Final = {"/exit", "/quit", "/q"}
HELP: Final = """\
/help  this   /exit  leave (also Ctrl-D)   /cost  tokens so far
Ctrl-C interrupts the agent. End a line with \\ to go on writing on the next."""
SHORT: Final = {"y": "yes", "n": "no", "": "no", "s": "session", "p": "project", "u": "user"}


class Terminal:
    """Shows a session on standard output as it happens, and asks on it."""

    def __init__(self, *, verbose: bool) -> None:
        self._palette = palette_of(sys.stdout)
        self._width = min(shutil.get_terminal_size((80, 24)).columns, 120)
        self._verbose = verbose
        self._in_text = False

    def show(self, record: AnyRecord) -> None:
        """Text as it streams; a line for everything else."""
        if isinstance(record, Delta):
            self._show_delta(record)
            return
        if isinstance(record, Message | ToolUse | ToolResult | Failure | Question | Closed):
            self._end_text()
        for line in lines(record, self._palette, self._width):
            self._write(line + "\n")

    def _show_delta(self, delta: Delta) -> None:
        if delta.stream == "text":
            self._in_text = True
            self._write(safe(delta.text))
        elif delta.stream == "output" and self._verbose:
            self._write(self._palette.paint(safe(delta.text), "dim"))

    def _end_text(self) -> None:
        if self._in_text:
            self._write("\n")
            self._in_text = False

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    async def ask(self, question: Question) -> Answer | None:
        """Print the question whole and read a line; an empty one means no."""
        for line in question_lines(question, self._palette):
            self._write(line + "\n")
        said = await read_line("  answer: ")
        if said is None:
            return Answer(question=question.question, answer="no", by="terminal")
        answer = SHORT.get(said.strip().lower(), said.strip()) if question.choices else said
        return Answer(question=question.question, answer=answer, by="terminal")


async def read_line(prompt: str) -> str | None:
    """A line from the terminal, without its end; None at the end of input. Cancelling leaves the thread to the line."""
    try:
        return await trio.to_thread.run_sync(partial(input, prompt), abandon_on_cancel=True)
    except EOFError:
        return None


async def read_message(prompt: str) -> str | None:
    """One or more lines: a backslash at the end of a line joins the next."""
    said: list[str] = []
    while True:
        line = await read_line(prompt if not said else "… ")
        if line is None:
            return "\n".join(said) if said else None
        if not line.endswith("\\"):
            return "\n".join([*said, line])
        said.append(line[:-1])


def talk(started: Launch, first: str) -> int:
    """Hold the conversation. Returns the exit status."""
    import readline  # noqa: F401, PLC0415  # gives `input` its line editing, where there is a terminal

    return hold(started, partial(_talk, first=first, verbose=started.options.verbose))


async def _talk(agent: Agent, *, first: str, verbose: bool) -> int:
    agent.attach(Terminal(verbose=verbose))
    sys.stdout.write(f"Pegboard, {agent.session.workspace}. /help for help, Ctrl-D to leave.\n")
    said: str | None = first
    if first:
        sys.stdout.write(f"> {clipped(first, 100)}\n")
    while said is not None and said.strip() not in LEAVE:
        if said.strip() == "/help":
            sys.stdout.write(HELP + "\n")
        elif said.strip() == "/cost":
            usage = agent.session.transcript.usage
            sys.stdout.write(f"{usage.input} tokens in ({usage.cached} cached), {usage.output} out\n")
        elif said.strip().startswith("/") and " " not in said.strip():
            sys.stdout.write(f"no command {said.strip()}; /help lists them\n")
        elif said.strip():
            await agent.prompt(said)
        said = await read_message("> ")
    sys.stdout.write(f"peg -r {agent.session.id} goes on from here.\n")
    return Exit.DONE
