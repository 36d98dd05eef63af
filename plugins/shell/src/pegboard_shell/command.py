"""Carries the output of one command to its caller, and ends the command when nobody takes it. It starts nothing."""

import os
import select
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from pegboard_sdk import Command, Report
from pegboard_shell.screen import Screen

READ_BYTES: Final = 1 << 16
IDLE_MS: Final = 1000
"""After so long without output an unfinished line is shown."""

MAX_OUTPUT_BYTES: Final = 256 << 20
"""What is carried; the rest is read and thrown away, so that the command can end."""


class Carried(Struct, frozen=True, kw_only=True):
    """How a command ended, and how many bytes of its output were shown and thrown away."""

    report: Report
    shown: int
    thrown: int


def carry(command: Command, write: Callable[[str], None]) -> Carried:
    """Carry the output of an ordered command to `write` until it has ended; whatever `write` raises ends it first.

    Holds one piece of output at a time. Closes the command; on return or raise nothing of it lives.
    """
    relay = _Relay(command.output, write)
    try:
        _until_reported(command, relay)
        report = command.report()
        relay.finish()
        return Carried(report=report, shown=relay.shown, thrown=relay.thrown)
    except BaseException:
        command.kill()
        command.report()
        raise
    finally:
        command.close()


def _until_reported(command: Command, relay: "_Relay") -> None:
    poll = select.poll()
    poll.register(command, select.POLLIN)
    poll.register(relay.source, select.POLLIN)
    while True:
        ready = {number for number, _ in poll.poll(IDLE_MS if relay.is_holding else None)}
        if relay.source in ready and not relay.take():
            poll.unregister(relay.source)
        if command.fileno() in ready:
            return
        if not ready:
            relay.flush()


class _Relay:
    """Bytes from a pipe to text for the caller, up to a limit."""

    def __init__(self, source: int, write: Callable[[str], None]) -> None:
        os.set_blocking(source, False)
        self.source = source
        self.shown = 0
        self.thrown = 0
        self.is_holding = False
        self._write = write
        self._screen = Screen()

    def take(self) -> bool:
        """One piece; False at the end and when there is nothing now."""
        try:
            data = os.read(self.source, READ_BYTES)
        except BlockingIOError:
            return False
        room = MAX_OUTPUT_BYTES - self.shown
        self.thrown += max(0, len(data) - room)
        self.shown += min(len(data), room)
        if data[:room]:
            self.is_holding = True
            self._show(self._screen.feed(data[:room]))
        return bool(data)

    def flush(self) -> None:
        """Show the unfinished line."""
        self.is_holding = False
        self._show(self._screen.flush())

    def finish(self) -> None:
        """Show all that is left."""
        while self.take():
            pass
        self._show(self._screen.flush(final=True))

    def _show(self, text: str) -> None:
        if text:
            self._write(text)
