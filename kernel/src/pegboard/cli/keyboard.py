"""Lines that a person types: readline edits them, and Ctrl-C is a key while one is being typed. It shows nothing else.

A thread that waits for a line cannot be woken. So only the first key begins it: until then a prompt steps aside for a
question. And a line is not cancelled from the keyboard: Ctrl-C ends it, as a key.
"""

import os
import select
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum
from functools import partial
from io import TextIOWrapper, UnsupportedOperation
from types import TracebackType
from typing import Any, Final, Self

import trio

_MARK: Final = "^C\u2063"
"""What Ctrl-C types before it ends the line; the second character is invisible, and on no keyboard."""

_EDITED: Final = termios.ECHO | termios.ICANON
"""What is off while a line is waited for and edited: with them, more than 4,095 characters of a line are lost."""


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
        self._untouched: trio.CancelScope | None = None
        """While a prompt stands there at which nothing was typed."""
        self._answered = trio.Event()
        self._answered.set()
        self._ended = trio.Event()
        """The thread of the last line is done, also of one that was cancelled."""
        self._ended.set()

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
        """The next line, without its end. While somebody is `asked`, and nothing was typed, it waits."""
        while True:
            await self._answered.wait()
            async with self._free:
                scope = self._untouched = trio.CancelScope()
                with scope:
                    await self._touched(prompt)
                    self._untouched = None
                    return await self._line(prompt)
                self._untouched = None

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[bool]:
        """Inside, what is typed next is an `answer`; whether a line that was begun for something else comes before.
        One at a time."""
        self._answered = trio.Event()
        if self._untouched is not None:
            self._untouched.cancel()
            sys.stdout.write("\r")
        try:
            yield self._free.locked() and self._untouched is None
        finally:
            self._answered.set()

    async def answer(self, prompt: str) -> str | Key:
        """The line that answers. Cancelled in mid-line, that line is thrown away when it ends."""
        async with self._free:
            await self._touched(prompt)
            return await self._line(prompt)

    async def _touched(self, prompt: str) -> None:
        """Return with the first key, which stays to be read."""
        await self._ended.wait()
        if self._before is None:
            return
        self._set(_EDITED)
        sys.stdout.write(prompt)
        sys.stdout.flush()
        here = os.dup(sys.stdin.fileno())  # others may wait for the same keys
        try:
            await trio.lowlevel.wait_readable(here)
        except trio.Cancelled:
            self._set(0)
            raise
        finally:
            os.close(here)
        sys.stdout.write("\r")
        sys.stdout.flush()

    async def _line(self, prompt: str) -> str | Key:
        self._ended, token = trio.Event(), trio.lowlevel.current_trio_token()
        text = await trio.to_thread.run_sync(
            self._read, prompt, partial(token.run_sync_soon, self._ended.set), abandon_on_cancel=True
        )
        if text is None:
            return Key.END
        if _MARK in text:
            return Key.CLEAR if text.replace(_MARK, "").strip() else Key.INTERRUPT
        return text

    def _read(self, prompt: str, ended: Callable[[], object]) -> str | None:
        try:
            self._set(termios.ICANON)  # readline echoes where the terminal would
            return input(prompt)
        except EOFError:
            return None
        finally:
            self._set(0)
            with suppress(trio.RunFinishedError):
                ended()

    def _set(self, without: int) -> None:
        """The terminal's modes of before, less these local ones; without any of them Ctrl-C is a key like all."""
        if self._before is None:
            return
        now = [*self._before[:3], self._before[3] & ~without, *self._before[4:6], [*self._before[6]]]
        now[6][termios.VINTR] = b"\x00" if without else now[6][termios.VINTR]
        with suppress(termios.error):
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, now)

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

    async def typed_ahead(self) -> str | Key:
        """The next whole line that is typed while nobody edits one; waits for ever where that cannot be seen."""
        if self._before is None:
            await trio.sleep_forever()
        while True:
            await trio.lowlevel.wait_readable(sys.stdin.fileno())
            async with self._free:
                if _is_readable(sys.stdin.fileno()):
                    data = os.read(sys.stdin.fileno(), 1 << 16)
                    return Key.END if not data else data.decode("utf-8", "replace").removesuffix("\n")

    def forget(self) -> None:
        """Drop what was typed and not read yet: it was not meant for what is asked next."""
        if self._before is not None:
            termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _is_readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])
