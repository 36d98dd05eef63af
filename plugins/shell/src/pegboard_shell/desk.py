"""What the plugin's process holds while it runs, and what its tools do with it. One desk serves all sessions."""

import codecs
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Final

from pegboard_sdk import CallCancelled, Context, Outcome, Output, Setup, Text, ToolFailed
from pegboard_shell.command import Carried, Control, carry
from pegboard_shell.environment import command_environment
from pegboard_shell.jobs import Job, Jobs
from pegboard_shell.launcher import Launcher, RunnerLost
from pegboard_shell.order import Cause, Order, Report
from pegboard_shell.scratch import Scratch
from pegboard_shell.screen import Screen
from pegboard_shell.spool import read_spool
from pegboard_shell.trailer import describe
from pegboard_shell.undo import Undo

COMMAND: Final = "command"
WORKSPACE: Final = "workspace"
"""What comes with a call: the plan of its command, and the folder that it runs in."""

ORIGIN: Final = "program"
MARGIN_S: Final = 0.5
"""A command ends so long before its call has to, so that the call can still say how."""

READ_BYTES: Final = 1 << 16
KILL_WAIT_S: Final = 5.0
SHOWN: Final = 80
"""Characters of a command that are enough to know it by."""


class Desk:
    """The runner, the jobs and their folder. Made before this process has a second thread."""

    def __init__(self, setup: Setup) -> None:
        self._launcher = Launcher()
        self._scratch = Scratch(os.path.join(setup.data_dir, "jobs") if setup.data_dir else "")
        self._jobs = Jobs(self._scratch.path)
        self._undo = Undo(self._scratch.path)
        extra = setup.settings.get("environment", {})
        self._extra = {str(name): str(value) for name, value in extra.items()} if isinstance(extra, dict) else {}

    def close(self) -> None:
        """End every job, and say so; the processes are dead and the outputs gone on return."""
        for job in self._jobs.running():
            sys.stderr.write(f"job {job.name} was still running and is ended: {job.command[:SHOWN]}\n")
        self._launcher.close()
        self._undo.close()
        self._scratch.close()

    def undo(self, session: str) -> str:
        """Put back what the session's last changing command changed; what was done, in words."""
        words = self._undo.undo(session)
        if words is None:
            raise ToolFailed("there is no command to undo")
        return words

    # Commands

    def run(self, command: str, timeout_s: float, ctx: Context) -> Output:
        """Run the call's plan to its end and stream its output."""
        remaining = ctx.remaining_s
        timeout_s = timeout_s if remaining is None else max(MARGIN_S, min(timeout_s, remaining - MARGIN_S))
        order = self._order(ctx, timeout_s=timeout_s)
        lost: list[str] = []
        with self._undo.watching(ctx.session, command, order.plan, ctx.file(WORKSPACE).fd, lost.append):
            carried = self._carry(order, ctx)
        if carried.report.cause is Cause.KILLED:
            raise CallCancelled("the command was ended")
        words = describe(carried.report, timeout_s=timeout_s, thrown=carried.thrown)
        words = "; ".join(filter(None, (words, *lost)))
        return _output(carried.report, words or ("" if carried.shown else "no output"))

    def _carry(self, order: Order, ctx: Context) -> Carried:
        output, target = os.pipe()
        try:
            control = self._launch(order, target, ctx)
        except BaseException:
            os.close(output)
            raise
        finally:
            os.close(target)
        ctx.on_cancel(control.kill)
        return carry(control, output, ctx.write)

    def begin(self, command: str, ctx: Context) -> Output:
        """Run the call's plan in the background."""
        folder = self._jobs.new_folder()
        target = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            control = self._launch(self._order(ctx, background=True), target, ctx)
        finally:
            os.close(target)
        job = self._jobs.add(ctx.session, command, folder, control)
        return _said(f"job {job.name} runs in the background and ends with this program")

    def _order(self, ctx: Context, *, timeout_s: float = 0.0, background: bool = False) -> Order:
        plan = ctx.plan(COMMAND)
        environment = command_environment(os.environ, path=plan.path, extra=self._extra)
        return Order(plan=plan, environment=environment, timeout_s=timeout_s, background=background)

    def _launch(self, order: Order, target: int, ctx: Context) -> Control:
        try:
            return self._launcher.launch(order, workspace=ctx.file(WORKSPACE).fd, target=target)
        except RunnerLost as error:
            raise ToolFailed("no command can be started: the process that starts them is gone") from error

    # Jobs

    def read(self, number: int, offset: int | None, wait_s: float, ctx: Context) -> Output:
        """Stream a piece of a job's output, after waiting for its end for up to `wait_s`."""
        job = self._job(number, ctx.session)
        if wait_s > 0:
            with _interruption(ctx) as interruption:
                job.wait(wait_s, interruption)
            ctx.check()
        report = job.report()
        size = job.size
        wanted = job.cursor if offset is None else max(0, offset if offset >= 0 else size + offset)
        start, data = read_spool(job.folder, wanted, READ_BYTES)
        data = _whole_characters(data, is_all=report is not None and start + len(data) >= size)
        job.cursor = start + len(data)
        screen = Screen()
        ctx.write(screen.feed(data) + screen.flush(final=True))
        lost = f"bytes {wanted} to {start} are no longer kept; " if start > wanted else ""
        more = f"; {size - job.cursor} more bytes" if job.cursor < size else ""
        return _said(f"{lost}job {number} {_state(job, report)}; bytes {start} to {job.cursor}{more}")

    def kill(self, number: int, ctx: Context) -> Output:
        """End a job with all that is below it; on return it is dead."""
        job = self._job(number, ctx.session)
        job.kill()
        with _interruption(ctx) as interruption:
            job.wait(KILL_WAIT_S, interruption)
        return _said(f"job {number} {_state(job, job.report())}")

    def _job(self, number: int, session: str) -> Job:
        job = self._jobs.find(session, number)
        if job is None:
            known = [
                f"{each.name} ({_state(each, each.report())}): {each.command[:80]}" for each in self._jobs.of(session)
            ]
            raise ToolFailed(
                f"there is no job {number}; " + ("jobs: " + "; ".join(known) if known else "no job was begun")
            )
        return job


def _state(job: Job, report: Report | None) -> str:
    if report is None:
        return f"running for {job.age_s:.0f} s"
    return f"ended after {job.age_s:.0f} s: {describe(report) or 'exit 0'}"


def _output(report: Report, words: str) -> Output:
    is_failed = report.cause in (Cause.TIMED_OUT, Cause.LOST)
    parts = (Text(text=words),) if words else ()
    return Output(parts=parts, outcome=Outcome.FAILED if is_failed else Outcome.OK, note=words, origin=ORIGIN)


def _said(words: str) -> Output:
    return Output(parts=(Text(text=words),), origin=ORIGIN)


def _whole_characters(data: bytes, *, is_all: bool) -> bytes:
    """Without the beginning of a character whose rest is yet to come."""
    if is_all:
        return data
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(data)
    unfinished = decoder.getstate()[0]
    return data[: len(data) - len(unfinished)]


@contextmanager
def _interruption(ctx: Context) -> Iterator[int]:
    """A descriptor that becomes readable when the call is cancelled."""
    ours, theirs = socket.socketpair()

    def ring() -> None:
        with suppress(OSError):
            theirs.send(b"!")

    with closing(ours), closing(theirs):
        ctx.on_cancel(ring)
        yield ours.fileno()
