"""A plain conversation, line by line: what works on any terminal until a front-end plugin takes over."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final, Protocol

import trio

from pegboard.cli.conversing.keeping import keep_front
from pegboard.cli.conversing.screen import Screen
from pegboard.cli.exits import Exit
from pegboard.cli.fronts import palette_of
from pegboard.cli.holding import Holding, hold
from pegboard.cli.keyboard import Key, Keyboard
from pegboard.cli.launch import Launch
from pegboard.cli.show import clipped, lines, question_lines, safe
from pegboard.fronts.conversation import Conversation
from pegboard_sdk.wire.fronting import Prompted, Said
from pegboard_sdk.wire.records import Answer, AnyRecord, Closed, Delta, Failure, Message, Question, ToolResult, ToolUse

SHOW: Final = "show"
_COMMAND: Final = re.compile(r"/[a-z?][a-z-]*(?=\s|$)")


class Terminal:
    """Shows a session on standard output as it happens. With a keyboard it asks there; Ctrl-C calls `interrupt`."""

    def __init__(
        self, *, verbose: bool, keyboard: Keyboard | None = None, interrupt: Callable[[], object] = lambda: None
    ) -> None:
        self._palette = palette_of(sys.stdout)
        self._verbose = verbose
        self._keyboard = keyboard
        self._interrupt = interrupt
        self._in_text = False

    def show(self, record: AnyRecord) -> None:
        """Text as it streams; a line for everything else."""
        if isinstance(record, Delta):
            self._show_delta(record)
            return
        if isinstance(record, Message | ToolUse | ToolResult | Failure | Question | Closed):
            self._end_text()
        for line in lines(record, self._palette, _width()):
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
        """Print the question and read a line; an empty one means no, `show` prints what was hidden of it."""
        if self._keyboard is None:
            return None
        self._end_text()
        async with self._keyboard.asked() as is_begun:
            self._print(question, whole=False)
            self._write("  finish the line that you began; the answer is asked for behind it\n" if is_begun else "")
            try:
                said = await self._answer_to(question, self._keyboard)
            except trio.Cancelled:
                self._write("\n  the question was answered elsewhere, or is over\n")
                raise
        if said is Key.INTERRUPT or said is Key.CLEAR:
            self._interrupt()
            await trio.sleep_forever()
        if isinstance(said, Key) and "no" not in question.choices:
            return None
        answer = chosen("" if isinstance(said, Key) else said, question.choices)
        return Answer(question=question.question, answer=answer, by="terminal", sha256=question.sha256)

    async def _answer_to(self, question: Question, keyboard: Keyboard) -> str | Key:
        keyboard.forget()
        said = await keyboard.answer("  answer: ")
        while question.sha256 and isinstance(said, str) and said.strip() == SHOW:
            self._print(question, whole=True)
            said = await keyboard.answer("  answer: ")
        return said

    def _print(self, question: Question, *, whole: bool) -> None:
        for line in question_lines(question, self._palette, _width(), whole=whole):
            self._write(line + "\n")


def _width() -> int:
    return min(shutil.get_terminal_size((80, 24)).columns, 120)


def chosen(said: str, choices: Sequence[str]) -> str:
    """The choice that begins with what was said, where just one does; nothing said is a no where that is a choice."""
    said = said.strip()
    if not said:
        return "no" if "no" in choices else ""
    meant = [choice for choice in choices if choice.lower().startswith(said.lower())]
    return meant[0] if len(meant) == 1 else said


def talk(started: Launch, first: str) -> int:
    """Hold the conversation. Returns the exit status."""
    return hold(started, partial(_meet, first=first))


async def _meet(holding: Holding, *, first: str) -> int:
    """Through the front-end that was chosen; line by line where there is none, or it cannot be had any more."""
    with ExitStack() as vacancy, Screen(holding.started.spawner.pid) as screen:
        if holding.started.front:
            left = await keep_front(holding, holding.started.front, first, screen=screen, vacancy=vacancy)
            if screen.is_gone:
                return Exit.INTERRUPTED
            if left is not None:
                return _farewell(holding.conversation)
            first = "" if holding.conversation.agent.session.transcript.account.prompts else first
        with Keyboard() as keyboard:
            return await _talk(holding, keyboard=keyboard, first=first, vacancy=vacancy)


async def _talk(holding: Holding, *, keyboard: Keyboard, first: str, vacancy: ExitStack) -> int:
    conversation = holding.conversation
    verbose = holding.started.options.verbose
    await conversation.attach(Terminal(verbose=verbose, keyboard=keyboard, interrupt=conversation.interrupt))
    vacancy.close()
    sys.stdout.write(f"Pegboard, {safe(conversation.agent.session.workspace)}. /help for help, Ctrl-D to leave.\n")
    if first:
        sys.stdout.write(f"> {clipped(first, 100)}\n")
    said = first or await next_said(keyboard)
    while said is not None and not await taken(conversation, said, keyboard):
        said = await next_said(keyboard)
    return _farewell(conversation)


def _farewell(conversation: Conversation) -> int:
    sys.stdout.write(f"peg -r {conversation.agent.session.id} goes on from here.\n")
    return Exit.DONE


class Heard(Protocol):
    """Where what is typed goes."""

    async def prompt(self, said: Prompted) -> None: ...
    async def command(self, line: str) -> Said: ...
    async def idle(self) -> None: ...


async def taken(conversation: Heard, said: str, keyboard: Keyboard) -> bool:
    """Do what was said, to its end; whether that was to leave. Lines that are typed meanwhile steer the agent."""
    if command_in(said):
        if _answered(await conversation.command(said.strip())):
            return True
    else:
        await conversation.prompt(Prompted(text=said))
    leaves: list[Key] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_steer, conversation, keyboard, leaves)
        await conversation.idle()
        nursery.cancel_scope.cancel()
    return bool(leaves)


def _answered(answer: Said) -> bool:
    """Print what came of a command; whether it was to leave. What no plain terminal can do is printed, too."""
    for text in (answer.text, answer.copy, f"it said: {answer.draft}" if answer.draft else ""):
        sys.stdout.write(f"{safe(text)}\n" if text else "")
    return answer.leave


async def _steer(conversation: Heard, keyboard: Keyboard, leaves: list[Key]) -> None:
    """Whole lines that are typed while the agent works, where they can be had without an editor."""
    while True:
        line = await keyboard.typed_ahead()
        if isinstance(line, Key):
            leaves.append(line)
            return
        if command_in(line):
            _answered(await conversation.command(line.strip()))
        elif line.strip():
            await conversation.prompt(Prompted(text=line))


async def next_said(keyboard: Keyboard) -> str | None:
    """What the user says next; None to leave."""
    warned = False
    while True:
        said = await keyboard.message("> ")
        if said is Key.END or (said is Key.INTERRUPT and warned):
            return None
        if isinstance(said, str) and said.strip():
            return said
        warned = said is Key.INTERRUPT
        if warned:
            sys.stdout.write("Ctrl-C again leaves; so does Ctrl-D.\n")


def command_in(said: str) -> str:
    """The slash command that a message begins with; empty for a prompt, also for one that begins with a path."""
    found = _COMMAND.match(said.strip())
    return found[0] if found and not os.path.exists(found[0]) else ""
