"""The background jobs of this process: their names, folders and ends. A job belongs to the session that began it."""

import itertools
import os
import select
import shutil
import threading
import time
from typing import Final

from pegboard_shell.command import Control
from pegboard_shell.order import Report
from pegboard_shell.spool import spooled_bytes

MAX_ENDED: Final = 20
"""Ended jobs whose output is kept; older ones are forgotten."""


class Job:
    """A command in the background. Its report is taken once, by whoever looks first after it ended."""

    def __init__(self, name: int, command: str, folder: str, control: Control) -> None:
        self.name = name
        self.command = command
        self.folder = folder
        self.cursor = 0
        """Up to where its output was read."""
        self._control = control
        self._began = time.monotonic()
        self._ended = 0.0
        self._report: Report | None = None
        self._lock = threading.Lock()

    def report(self) -> Report | None:
        """How it ended; None while it runs. Never waits."""
        with self._lock:
            if self._report is None and _is_readable(self._control):
                self._report = self._control.report()
                self._ended = time.monotonic()
            return self._report

    def wait(self, seconds: float, interruption: int) -> None:
        """Until it ended, or `interruption` is readable, or so long."""
        poll = select.poll()
        poll.register(self._control.fileno(), select.POLLIN)
        poll.register(interruption, select.POLLIN)
        poll.poll(int(seconds * 1000))

    def kill(self) -> None:
        """Ask its supervisor to end it; a job that ended already stays as it is."""
        self._control.kill()

    def forget(self) -> None:
        """Let go of its output; only for one that ended."""
        self._control.close()
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

    def add(self, session: str, command: str, folder: str, control: Control) -> Job:
        """A job that runs, under the session's next number."""
        with self._lock:
            jobs = self._sessions.setdefault(session, {})
            name = next(reversed(jobs), 0) + 1
            job = jobs[name] = Job(name, command, folder, control)
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


def _is_readable(control: Control) -> bool:
    poll = select.poll()
    poll.register(control.fileno(), select.POLLIN)
    return bool(poll.poll(0))
