"""The plugin's side of one command: says what to run, carries the output to the caller, ends the command. It starts no
process itself."""

import os
import select
import socket
import struct
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from pegboard_shell.order import KILL, Order, Report, decode_report, encode
from pegboard_shell.screen import Screen

READ_BYTES: Final = 1 << 16
IDLE_MS: Final = 1000
"""After so long without output an unfinished line is shown."""

MAX_OUTPUT_BYTES: Final = 256 << 20
"""What is carried; the rest is read and thrown away, so that the command can end."""


class Control:
    """The line to a command's supervisor: an order goes out, a report comes back, KILL may go out in between."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def fileno(self) -> int:
        """Readable when the report is there."""
        return self._line.fileno()

    def order(self, order: Order) -> None:
        """Say what to run. That the supervisor is dead already is seen in its report."""
        data = encode(order)
        self._send(struct.pack(">I", len(data)) + data)

    def kill(self) -> None:
        """End the command and all below it; after the order from any thread at any time, without waiting."""
        self._send(KILL)

    def _send(self, data: bytes) -> None:
        try:
            self._line.sendall(data)
        except OSError:
            return

    def report(self) -> Report:
        """Wait for the end. LOST when the supervisor died instead."""
        pieces = []
        while piece := self._receive():
            pieces.append(piece)
        return decode_report(b"".join(pieces))

    def _receive(self) -> bytes:
        try:
            return self._line.recv(READ_BYTES)
        except ConnectionError:
            return b""

    def close(self) -> None:
        """Hang up; a command that still runs is ended by its supervisor."""
        self._line.close()


class Carried(Struct, frozen=True, kw_only=True):
    """How a command ended, and how many bytes of its output were shown and thrown away."""

    report: Report
    shown: int
    thrown: int


def carry(control: Control, output: int, write: Callable[[str], None]) -> Carried:
    """Carry `output` to `write` until the command has ended; whatever `write` raises ends the command first.

    Holds one piece of output at a time. Closes `output` and `control`; on return or raise nothing of the command lives.
    """
    relay = _Relay(output, write)
    try:
        _until_reported(control, relay)
        report = control.report()
        relay.finish()
        return Carried(report=report, shown=relay.shown, thrown=relay.thrown)
    except BaseException:
        relay.close()
        control.kill()
        control.report()
        raise
    finally:
        relay.close()
        control.close()


def _until_reported(control: Control, relay: "_Relay") -> None:
    poll = select.poll()
    poll.register(control.fileno(), select.POLLIN)
    poll.register(relay.source, select.POLLIN)
    while True:
        ready = {number for number, _ in poll.poll(IDLE_MS if relay.is_holding else None)}
        if relay.source in ready and not relay.take():
            poll.unregister(relay.source)
        if control.fileno() in ready:
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
        self._is_open = True

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

    def close(self) -> None:
        """Let go of the pipe."""
        if self._is_open:
            self._is_open = False
            os.close(self.source)
