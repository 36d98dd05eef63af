"""What the plugin's process holds while it runs, and what its tools do with it. One desk serves all sessions."""

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from pegboard_sdk import CallCancelled, Cause, Context, Outcome, Output, Report, Setup, Text, ToolFailed
from pegboard_shell.command import carry
from pegboard_shell.jobs import Job, Jobs
from pegboard_shell.scratch import Scratch
from pegboard_shell.screen import Screen
from pegboard_shell.spool import read_spool
from pegboard_shell.trailer import describe

COMMAND: Final = "command"
"""What comes with a call: its command, which the kernel runs."""

ORIGIN: Final = "program"
MARGIN_S: Final = 0.5
"""A command ends so long before its call has to, so that the call can still say how."""

READ_BYTES: Final = 1 << 16
KILL_WAIT_S: Final = 5.0
SHOWN: Final = 80
"""Characters of a command that are enough to know it by."""


class Desk:
    """The jobs and their folder."""

    def __init__(self, setup: Setup) -> None:
        self._scratch = Scratch(os.path.join(setup.data_dir, "jobs") if setup.data_dir else "")
        self._jobs = Jobs(self._scratch.path)

    def close(self) -> None:
        """End every job, and say so; the processes are dead and the outputs gone on return."""
        for job in self._jobs.running():
            sys.stderr.write(f"job {job.name} was still running and is ended: {job.text[:SHOWN]}\n")
        self._jobs.end()
        self._scratch.close()

    # Commands

    def run(self, timeout_s: float, ctx: Context) -> Output:
        """Let the call's command run to its end and stream its output."""
        remaining = ctx.remaining_s
        timeout_s = timeout_s if remaining is None else max(MARGIN_S, min(timeout_s, remaining - MARGIN_S))
        command = ctx.command(COMMAND)
        try:
            ctx.on_cancel(command.kill)
            command.order(timeout_s=timeout_s)
            carried = carry(command, ctx.write)
        finally:
            command.close()
        if carried.report.cause is Cause.KILLED:
            raise CallCancelled("the command was ended")
        words = describe(carried.report, timeout_s=timeout_s, thrown=carried.thrown)
        return _output(carried.report, words or ("" if carried.shown else "no output"))

    def begin(self, text: str, ctx: Context) -> Output:
        """Let the call's command run in the background."""
        folder = self._jobs.new_folder()
        command = ctx.command(COMMAND)
        command.order(background=True)
        job = self._jobs.add(ctx.session, text, folder, command)
        return _said(f"job {job.name} runs in the background and ends with this program")

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
                f"{each.name} ({_state(each, each.report())}): {each.text[:80]}" for each in self._jobs.of(session)
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
    is_failed = report.cause is not Cause.ENDED
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
    ours, theirs = os.pipe()
    with open(ours, "rb", buffering=0), open(theirs, "wb", buffering=0) as bell:

        def ring() -> None:
            with suppress(OSError, ValueError):  # closed: nobody waits any more
                bell.write(b"!")

        ctx.on_cancel(ring)
        yield ours
