"""The background jobs of this process: their names, folders and ends. A job belongs to the session that began it."""

import itertools
import os
import select
import shutil
import threading
import time
from typing import Final

from pegboard_sdk import Command, Report
from pegboard_shell.spool import SpoolWriter, spooled_bytes

MAX_ENDED: Final = 20
"""Ended jobs whose output is kept; older ones are forgotten."""

DRAIN_S: Final = 5.0
"""How long the last output of a job that has ended may take to be on disk."""

READ_BYTES: Final = 1 << 16


class Job:
    """A command in the background; owns it. Its report is taken once, by whoever looks first after it ended."""

    def __init__(self, name: int, text: str, folder: str, command: Command) -> None:
        self.name = name
        self.text = text
        self.folder = folder
        self.cursor = 0
        """Up to where its output was read."""
        self._command = command
        self._began = time.monotonic()
        self._ended = 0.0
        self._report: Report | None = None
        self._lock = threading.Lock()
        self._pump = threading.Thread(target=_pump, args=(command.output, folder), daemon=True)
        self._pump.start()

    def report(self) -> Report | None:
        """How it ended; None while it runs. Never waits."""
        with self._lock:
            if self._report is None and _is_readable(self._command):
                self._report = self._command.report()
                self._pump.join(DRAIN_S)
                self._ended = time.monotonic()
            return self._report

    def wait(self, seconds: float, interruption: int) -> None:
        """Until it ended, or `interruption` is readable, or so long."""
        poll = select.poll()
        poll.register(self._command, select.POLLIN)
        poll.register(interruption, select.POLLIN)
        poll.poll(int(seconds * 1000))

    def ended(self) -> Report:
        """Wait for its end."""
        poll = select.poll()
        poll.register(self._command, select.POLLIN)
        while (report := self.report()) is None:
            poll.poll()
        return report

    def kill(self) -> None:
        """Ask its supervisor to end it; a job that ended already stays as it is."""
        self._command.kill()

    def forget(self) -> None:
        """Let go of its output; only for one that ended."""
        self._command.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def age_s(self) -> float:
        """How long it ran, or runs."""
        return (self._ended or time.monotonic()) - self._began

    @property
    def size(self) -> int:
        """Bytes that it wrote so far."""
        return spooled_bytes(self.folder)


class Jobs:
    """All jobs by session, oldest first, with their folders under `root`."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._sessions: dict[str, dict[int, Job]] = {}
        self._folders = itertools.count(1)
        self._lock = threading.Lock()

    def new_folder(self) -> str:
        """A folder for the output of a job to come."""
        folder = os.path.join(self._root, str(next(self._folders)))
        os.mkdir(folder, 0o700)
        return folder

    def add(self, session: str, text: str, folder: str, command: Command) -> Job:
        """A job that runs, under the session's next number."""
        with self._lock:
            jobs = self._sessions.setdefault(session, {})
            name = next(reversed(jobs), 0) + 1
            job = jobs[name] = Job(name, text, folder, command)
            ended = [old for old in jobs.values() if old.report() is not None]
            for old in ended[:-MAX_ENDED]:
                jobs.pop(old.name).forget()
        return job

    def find(self, session: str, name: int) -> Job | None:
        """The job of that session."""
        return self._sessions.get(session, {}).get(name)

    def of(self, session: str) -> list[Job]:
        """The session's jobs."""
        with self._lock:
            return list(self._sessions.get(session, {}).values())

    def running(self) -> list[Job]:
        """The jobs of all sessions that have not ended."""
        with self._lock:
            return [job for jobs in self._sessions.values() for job in jobs.values() if job.report() is None]

    def end(self) -> None:
        """End all that run, and wait for it."""
        running = self.running()
        for job in running:
            job.kill()
        for job in running:
            job.ended()


def _is_readable(command: Command) -> bool:
    poll = select.poll()
    poll.register(command, select.POLLIN)
    return bool(poll.poll(0))


def _pump(output: int, folder: str) -> None:
    """Everything that comes out of a job goes to its spool, until the last process that could write has ended."""
    spool = SpoolWriter(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    is_full = False
    while data := os.read(output, READ_BYTES):
        if not is_full:
            try:
                spool.write(data)
            except OSError:
                is_full = True  # the disk is: the job goes on, its output is lost
    spool.close()
