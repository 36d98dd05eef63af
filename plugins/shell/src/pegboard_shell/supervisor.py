"""The process that runs one command and answers for everything below it. It reads no output but a background job's,
and it decides nothing about what may run.

It has a session of its own and is a child subreaper, so whatever the command starts stays below it. It ends when the
command has ended, when it is told to, at its deadline, or when the plugin at the other end of `control` is gone; in
each case nothing below it is alive when it reports.
"""

import os
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Final

from pegboard_shell.order import KILL, Cause, Order, Report, decode_order, encode, follows, pipelines_of
from pegboard_shell.pipeline import Place, Running, start_pipeline
from pegboard_shell.spool import SpoolWriter
from pegboard_shell.tree import ask_to_end, below, sweep

PATIENCE_S: Final = {Cause.KILLED: 0.06, Cause.TIMED_OUT: 0.3, Cause.LOST: 0.0}
"""Between TERM and KILL: a person who interrupts waits less than a command that took too long."""

READ_BYTES: Final = 1 << 16


class Stopped(Exception):
    """The command has to end now."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class Supervisor:
    """One command from its order to its report.

    `target` is the output pipe, or the folder of a background job's spool; `wake` becomes readable when a child dies.
    It closes none of its descriptors: the process ends with it.
    """

    def __init__(self, order: Order, *, control: socket.socket, workspace: int, target: int, wake: int) -> None:
        self._order = order
        self._control = control
        self._wake = wake
        self._end = time.monotonic() + order.timeout_s if order.timeout_s else None
        self._poll = select.poll()
        for readable in (wake, control.fileno()):
            self._poll.register(readable, select.POLLIN)
        self._spool = SpoolWriter(target) if order.background else None
        self._source = -1
        output = self._pump() if order.background else target
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        self._place = Place(workspace=workspace, output=output, null=null, environment=order.environment)
        self._running: list[Running] = []
        self._is_childless = True

    def run(self) -> Report:
        """Run the order. On return nothing below is alive but what the report counts as such."""
        cause, left = Cause.ENDED, 0
        try:
            self._run_plan()
            if self._spool:
                self._wait(lambda: self._is_childless)
        except Stopped as stop:
            cause = stop.cause
            self._be_patient(PATIENCE_S[cause])
        self._reap()
        if not self._is_childless and cause is Cause.ENDED:
            left = len(self._below())
        alive = [] if self._is_childless else sweep(self._below, self._reap_within)
        if self._spool:
            self._drain()
        ends = tuple(running.ended() for running in self._running)
        return Report(cause=cause, ends=ends, left=left, alive=len(alive))

    def _run_plan(self) -> None:
        status = 0
        for pipeline in pipelines_of(self._order.plan):
            if not follows(pipeline.when, status):
                continue
            started = start_pipeline(pipeline, self._place)
            self._is_childless = False
            self._running += started
            self._wait(lambda: all(each.status is not None for each in self._running))
            status = started[-1].status or 0

    # Deaths

    def _below(self) -> list[int]:
        return below(os.getpid())

    def _reap(self) -> None:
        """Take the status of every child that died, adopted ones too."""
        while not self._is_childless:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._is_childless = True
                return
            if not pid:
                return
            for running in self._running:
                if running.pid == pid and running.status is None:
                    running.status = os.waitstatus_to_exitcode(status)

    def _reap_within(self, seconds: float) -> None:
        self._attend(seconds)
        self._reap()

    def _be_patient(self, seconds: float) -> None:
        """Ask what is below to end, and give it so long."""
        if not seconds:
            return
        ask_to_end(self._below())
        end = time.monotonic() + seconds
        self._reap()
        while not self._is_childless and (remaining := end - time.monotonic()) > 0:
            self._reap_within(remaining)

    # Waiting

    def _wait(self, is_over: Callable[[], bool]) -> None:
        """Until `is_over`, looking whenever something happened. Raises Stopped."""
        while True:
            self._reap()
            if is_over():
                return
            remaining = None if self._end is None else self._end - time.monotonic()
            if remaining is not None and remaining <= 0:
                raise Stopped(Cause.TIMED_OUT)
            if self._attend(remaining):
                said = self._control.recv(1)
                raise Stopped(Cause.KILLED if said == KILL else Cause.LOST)

    def _attend(self, seconds: float | None) -> bool:
        """Wait for a death, output or a word of the plugin, which is heard once. Returns whether there was a word."""
        milliseconds = None if seconds is None else max(1, int(seconds * 1000) + 1)
        was_told = False
        for ready, _ in self._poll.poll(milliseconds):
            if ready == self._wake:
                os.read(ready, READ_BYTES)
            elif ready == self._source:
                self._take_output()
            else:
                self._poll.unregister(ready)
                was_told = True
        return was_told

    # Output of a background job

    def _pump(self) -> int:
        """A pipe whose content goes to the spool; returns the end that programs write to."""
        self._source, output = os.pipe()
        os.set_blocking(self._source, False)
        self._poll.register(self._source, select.POLLIN)
        return output

    def _take_output(self) -> bool:
        try:
            data = os.read(self._source, READ_BYTES)
        except BlockingIOError:
            return False
        if self._spool:
            try:
                self._spool.write(data)
            except OSError:
                self._spool = None  # the disk is full: the job goes on, its output is lost
        return bool(data)

    def _drain(self) -> None:
        while self._take_output():
            pass


def supervise(control: socket.socket, workspace: int, target: int, wake: int) -> None:
    """Order in, command run, report out: the life of a supervisor's process."""
    with control.makefile("rb", buffering=0) as stream:
        header = _read_exactly(stream.read, 4)
        data = _read_exactly(stream.read, struct.unpack(">I", header)[0]) if header else b""
    if not data:
        return
    supervisor = Supervisor(decode_order(data), control=control, workspace=workspace, target=target, wake=wake)
    control.sendall(encode(supervisor.run()))
    control.shutdown(socket.SHUT_WR)  # the plugin need not wait until this process is gone


def _read_exactly(read: Callable[[int], bytes | None], size: int) -> bytes:
    """So many bytes, or none when the stream ends before."""
    data = b""
    while len(data) < size:
        piece = read(size - len(data))
        if not piece:
            return b""
        data += piece
    return data
