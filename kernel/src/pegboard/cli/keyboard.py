"""Lines that a person types: readline edits them, and Ctrl-C is a key while one is being typed. It shows nothing else.

A thread that waits for a line cannot be woken. So a line is not cancelled from the keyboard: Ctrl-C ends it, as a key.
"""

import os
import select
import sys
import termios
from contextlib import suppress
from enum import Enum
from functools import partial
from io import TextIOWrapper, UnsupportedOperation
from types import TracebackType
from typing import Any, Final, Self

import trio

_MARK: Final = "^C\u2063"
"""What Ctrl-C types before it ends the line; the second character is invisible, and on no keyboard."""


class Key(Enum):
    """What ended a line that is no line."""

    END = "Ctrl-D on an empty line"
    CLEAR = "Ctrl-C on a line that was begun"
    INTERRUPT = "Ctrl-C on an empty line"


class Keyboard:
    """Standard input as a person's. The terminal is as it was before, however this is left."""

    def __init__(self) -> None:
        self._readline: Any = None
        self._before: list[Any] | None = None
        self._free = trio.Lock()

    def __enter__(self) -> Self:
        if isinstance(sys.stdin, TextIOWrapper):
            with suppress(UnsupportedOperation):  # somebody was asked something already
                sys.stdin.reconfigure(errors="replace")
        if sys.stdin.isatty() and sys.stdout.isatty():
            import readline  # noqa: PLC0415  # writes to the terminal when it is imported

            self._before = termios.tcgetattr(sys.stdin)
            self._readline = readline
            readline.set_auto_history(False)
            readline.parse_and_bind(f'"\\C-c": "{_MARK}\\C-j"')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._before)

    async def line(self, prompt: str) -> str | Key:
        """The next line, without its end. Cancelling leaves a thread that takes one more line."""
        async with self._free:
            return await self._line(prompt)

    async def _line(self, prompt: str) -> str | Key:
        before = self._without_interrupt()
        try:
            text = await trio.to_thread.run_sync(partial(_read, prompt), abandon_on_cancel=True)
        finally:
            if before is not None:
                termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        if text is None:
            return Key.END
        if _MARK in text:
            return Key.CLEAR if text.replace(_MARK, "").strip() else Key.INTERRUPT
        return text

    async def message(self, prompt: str) -> str | Key:
        """One or more lines, kept in the history: a backslash at the end of a line goes on with the next."""
        said: list[str] = []
        while True:
            line = await self.line("… " if said else prompt)
            if line is Key.END and said:
                line = ""
            if isinstance(line, Key):
                return Key.CLEAR if said else line
            if not line.endswith("\\"):
                break
            said.append(line[:-1])
        message = "\n".join([*said, line])
        if self._readline is not None and message.strip():
            self._readline.add_history(message)
        return message

    async def typed_ahead(self) -> str:
        """The next whole line that is typed while nobody edits one; waits for ever where that cannot be seen."""
        if self._before is None:
            await trio.sleep_forever()
        while True:
            await trio.lowlevel.wait_readable(sys.stdin.fileno())
            async with self._free:
                if _is_readable(sys.stdin.fileno()):
                    data = os.read(sys.stdin.fileno(), 1 << 16)
                    if not data:
                        await trio.sleep_forever()
                    return data.decode("utf-8", "replace").removesuffix("\n")

    def forget(self) -> None:
        """Drop what was typed and not read yet: it was not meant for what is asked next."""
        if self._before is not None:
            termios.tcflush(sys.stdin, termios.TCIFLUSH)

    def _without_interrupt(self) -> list[Any] | None:
        if self._before is None:
            return None
        before = termios.tcgetattr(sys.stdin)
        now = [*before[:6], [*before[6]]]
        now[6][termios.VINTR] = b"\x00"
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, now)
        return before


def _is_readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def _read(prompt: str) -> str | None:
    try:
        return input(prompt)
    except EOFError:
        return None
