"""Our record of each job: a file of JSON and the very lines that were sent, in the plugin's own folder.

It is on disk before anything is sent, so that a job whose sender was killed is looked for at the provider and found.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_openai.profile import Api
from pegboard_sdk import BatchJob, NotFound
from pegboard_sdk.http import BAD_JSON

FOLDER: Final = "batches"


class Record(Struct, frozen=True, kw_only=True):
    """A job: how it stood last, at which server, and what its parts are called there."""

    schema: int = 1
    job: BatchJob
    place: str
    endpoint: str
    api: Api
    begun_s: float
    """The wall clock's seconds."""
    ids: tuple[str, ...]
    """The caller's names of the prompts."""
    theirs: str = ""
    """The provider's name of the job; empty until it told."""
    files: tuple[str, ...] = ()
    """The provider's names of the files with answers and errors."""


class Shelf:
    """The records of one instance of the plugin; any number of processes share them."""

    def __init__(self, data_dir: str) -> None:
        self._folder = Path(data_dir, FOLDER)

    def begin(self, record: Record, lines: bytes) -> None:
        """Keep a new job and what is about to be sent for it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self._folder / f"{record.job.job}.jsonl", lines)
        self.keep(record)

    def keep(self, record: Record) -> None:
        """Replace the record of a job, whole and durably."""
        _write(self._folder / f"{record.job.job}.json", msgspec.json.encode(record))

    def forget(self, job: str) -> None:
        """Keep nothing of a job that the provider did not take."""
        for kind in ("json", "jsonl"):
            (self._folder / f"{job}.{kind}").unlink(missing_ok=True)

    def of(self, job: str) -> Record:
        """The record of a job. Raises NotFound, also for what was damaged."""
        path = self._folder / f"{job}.json"
        if path.parent != self._folder or not path.is_file():
            raise NotFound(f"no batch job `{job}` here; `peg batch list` shows them")
        try:
            return msgspec.json.decode(path.read_bytes(), type=Record)
        except BAD_JSON as error:
            raise NotFound(f"the record of batch job `{job}` cannot be read: {error}; it is {path}") from error

    def jobs(self) -> list[str]:
        """The names of all jobs, the oldest first."""
        return sorted(path.stem for path in self._folder.glob("*.json"))

    @contextmanager
    def held(self, job: str) -> Iterator[bool]:
        """Have a job for oneself, if nobody else does; whether that is so."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / f"{job}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
