"""The process that answers for one command and everything below it: its end, its deadline, its death by any cause.

It stays outside the room in which the command runs, so that it sees and reaches all of it. It is single-threaded, has a
session of its own and is a child subreaper. What runs, its runner has from the kernel; the plugin at the other end of
`control` says when, for how long, and when to stop. Nothing runs before the kernel has said on `leash` that what is
going to happen is on record. It ends when the command has ended, when it is told to, at its deadline, when the call is
over (unless the command is in the background), or when plugin, runner or spawner are gone; in each case nothing below
it is alive when it reports.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from pegboard.commands.command import Over, over_decoder
from pegboard.commands.runner import GO, GO_BEHIND, READY
from pegboard.commands.tree import ask_to_end, below, signal_each, sweep
from pegboard_sdk import posix
from pegboard_sdk.wire.command import KILL, Cause, Order, Report, cut_order, encode_report

ORDER_S: Final = 60.0
"""How long a plugin may take to order what it was given: some look at the workspace before."""

PATIENCE_S: Final = {Cause.KILLED: 0.06, Cause.TIMED_OUT: 0.3}
"""Between TERM and KILL: a person who interrupts waits less than a command that took too long."""

LAST_WORD_S: Final = 1.0
"""How long the runner may take to say how its programs ended, once they have."""

REPORT_S: Final = 5.0
READ_BYTES: Final = 1 << 16


class Supervisor:
    """One command from its order to its report.

    `line` leads to the runner, whose parent this process is; `leash` ends with the call; `wake` becomes readable when a
    child or `parent`, the spawner, dies. It closes none of its descriptors.
    """

    def __init__(
        self, *, control: socket.socket, leash: socket.socket, line: socket.socket, wake: int, runner: int, parent: int
    ) -> None:
        self._control, self._leash, self._line, self._wake = control, leash, line, wake
        self._runner, self._parent = runner, parent
        self._room: set[int] = {runner}
        """The processes that make the room, none of them the command's."""
        self._poll = select.poll()
        self._heard: dict[int, Callable[[], None]] = {
            wake: self._hear_the_bell,
            control.fileno(): self._hear_the_plugin,
            line.fileno(): self._hear_the_runner,
            leash.fileno(): self._hear_the_leash,
        }
        for readable in self._heard:
            self._poll.register(readable, select.POLLIN)
        for each in (control, line):
            each.setblocking(False)  # noqa: FBT003 - positional-only
        self._said = b""
        self._may_go = False
        self._order: Order | None = None
        self._is_ready = self._is_headless = self._is_childless = False
        self._words = b""
        self._over: Over | None = None
        self._stop: Cause | None = None

    def run(self) -> bool:
        """Wait for the order, carry it out, report. On return nothing below is alive but what was reported as such;
        whether there is nothing at all."""
        cause, left = self._carry_out(), 0
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_WR)  # nothing more is begun
        if cause is Cause.ENDED:
            left = 0 if self._is_over(0) else len(self._programs())
        else:
            self._be_patient(PATIENCE_S.get(cause, 0.0))
        signal_each(self._room, signal.SIGCONT)  # a program may have stopped it
        alive = sweep(self._programs, self._is_over)
        if self._over is None and not self._is_childless:
            self._wait(lambda: self._over is not None or self._is_childless, LAST_WORD_S)
        ends = self._over.ends if self._over else ()
        self._report(Report(cause=cause, ends=ends, left=left, alive=len(alive)))
        signal_each(self._room, signal.SIGKILL)
        self._wait(lambda: self._is_childless, LAST_WORD_S)
        return self._is_childless

    def _carry_out(self) -> Cause:
        """Until there is a reason to end it."""
        self._wait(lambda: self._may_go or self._is_doomed, None)
        self._wait(lambda: self._is_ordered or self._is_doomed, ORDER_S)
        if self._is_doomed or not self._order or not self._is_ready:
            return self._stop or (Cause.LOST if self._is_ready else Cause.NOT_STARTED)
        with suppress(OSError):
            self._line.sendall(GO_BEHIND if self._order.background else GO)
        self._wait(lambda: self._over is not None or self._is_doomed, self._order.timeout_s or None)
        if self._over:
            return Cause.ENDED
        return self._stop or (Cause.LOST if self._is_headless else Cause.TIMED_OUT)

    @property
    def _is_ordered(self) -> bool:
        return self._is_ready and self._order is not None

    @property
    def _is_doomed(self) -> bool:
        return self._stop is not None or self._is_headless

    def _be_patient(self, seconds: float) -> None:
        """Ask what is below to end, and give it so long."""
        end = time.monotonic() + seconds
        if seconds and not self._is_over(0):
            ask_to_end(self._programs())
            while (remaining := end - time.monotonic()) > 0 and not self._is_over(remaining):
                pass

    def _report(self, report: Report) -> None:
        self._control.settimeout(REPORT_S)
        try:
            self._control.sendall(encode_report(report))
            self._control.shutdown(socket.SHUT_WR)  # the plugin need not wait until this process is gone
        except OSError:
            return  # nobody is there to hear it

    # What is below

    def _programs(self) -> list[int]:
        return below(self._room)

    def _is_over(self, seconds: float) -> bool:
        """Whether nothing of the command is left below, once something happened or so long has passed."""
        if not self._is_gone:
            self._attend(seconds)
        return self._is_gone

    @property
    def _is_gone(self) -> bool:
        return self._is_childless or (self._over is not None and self._over.childless)

    # Waiting

    def _wait(self, is_there: Callable[[], bool], seconds: float | None) -> None:
        """Until `is_there`, or for so long."""
        end = None if seconds is None else time.monotonic() + seconds
        while not is_there():
            remaining = None if end is None else end - time.monotonic()
            if remaining is not None and remaining <= 0:
                return
            self._attend(remaining)

    def _attend(self, seconds: float | None) -> None:
        """Hear whatever is said, after waiting for it up to so long."""
        for ready, _ in self._poll.poll(None if seconds is None else int(seconds * 1000) + (seconds > 0)):
            if ready in self._heard:
                self._heard[ready]()

    def _deafen(self, readable: int) -> None:
        """Nothing more will come from there."""
        if self._heard.pop(readable, None):
            self._poll.unregister(readable)

    def _hear_the_bell(self) -> None:
        os.read(self._wake, READ_BYTES)
        while not self._is_childless:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._is_childless = True
                break
            if not pid:
                break
            if pid == self._runner:
                self._hear_the_runner()  # its last words count
                self._is_headless = True
                self._room.clear()  # its number may be another's next
        if os.getppid() != self._parent:
            self._stop = self._stop or Cause.LOST

    def _hear_the_runner(self) -> None:
        try:
            while words := self._line.recv(READ_BYTES):
                self._words += words
        except BlockingIOError:
            self._get_ready()
            return
        except ConnectionError:
            pass
        self._deafen(self._line.fileno())
        self._get_ready()
        try:
            self._over = self._over or over_decoder.decode(self._words[len(READY) :])
        except msgspec.DecodeError:
            return  # it died before it had said all

    def _get_ready(self) -> None:
        if not self._is_ready and self._words.startswith(READY):
            self._is_ready = True
            self._room.update(posix.descendants(os.getpid()))

    def _hear_the_plugin(self) -> None:
        try:
            data = self._control.recv(READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._deafen(self._control.fileno())
            self._stop = self._stop or Cause.LOST
            return
        self._said += data
        try:
            cut = None if self._order else cut_order(self._said)
        except msgspec.DecodeError:
            self._stop = self._stop or Cause.LOST
            return
        if cut:
            self._order, self._said = cut
        if self._order and self._said:
            self._stop = self._stop or (Cause.KILLED if self._said[:1] == KILL else Cause.LOST)

    def _hear_the_leash(self) -> None:
        """What runs is on record; or the call is over. What was ordered before that counts."""
        if self._leash.recv(1) == GO:
            self._may_go = True
            return
        self._deafen(self._leash.fileno())
        self._hear_the_plugin()
        if not (self._order and self._order.background):
            self._stop = self._stop or Cause.KILLED
