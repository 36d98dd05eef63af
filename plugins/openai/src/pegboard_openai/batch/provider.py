"""The jobs at one server: sent, found again, looked at, stopped, and their files read. It keeps nothing here."""

import itertools
from collections.abc import Callable
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from pegboard_openai.batch.told import FileTold, JobsTold, JobTold, decoded
from pegboard_openai.server import Server
from pegboard_sdk import Context, NotFound, Unsupported
from pegboard_sdk.http import Lifeline, Sending, Upload, fetched, persist

T = TypeVar("T")

MARK: Final = "pegboard_job"
"""The key of a job's metadata that has our name of it: by that it is found again."""
MOST_PAGES: Final = 20
SLACK_S: Final = 3600.0
"""So far the clocks of the provider and of this machine may differ."""
MOST_TOLD: Final = 16 << 20
"""Bytes of what is told of jobs."""
MOST_BYTES: Final = 512 << 20
"""Of one file; the API takes files of 200 MB, and answers may be longer than prompts."""


class Tries(Enum):
    """How often a request is tried: whoever waits for a job looks again anyway, and repeats are never nested."""

    ONE = "one"
    MANY = "many"


class Jobs:
    """The jobs that `server` has. Raises what `faults` names, after as many tries as any request has, or after one."""

    def __init__(self, server: Server, ctx: Context, tries: Tries) -> None:
        self._server = server
        self._ctx = ctx
        self._tries = tries
        self._life = Lifeline.of(ctx)

    def upload(self, job: str, lines: bytes) -> str:
        """Send the lines of a job; the file's name there. Raises Unsupported where the server takes no such files."""
        return decoded(self._persist(lambda: self._uploaded(job, lines)), FileTold, "the uploaded file").id

    def create(self, job: str, file: str, endpoint: str, since_s: float) -> JobTold:
        """Begin a job. A try may have reached the server though it failed here: so it is looked for before the next."""
        body = msgspec.json.encode(
            {"input_file_id": file, "endpoint": endpoint, "completion_window": "24h", "metadata": {MARK: job}}
        )
        tries = itertools.count()

        def create() -> JobTold:
            known = self._found(job, since_s) if next(tries) else None
            return known or self._job(self._ask("/batches", body))

        return self._persist(create)

    def find(self, job: str, since_s: float) -> JobTold | None:
        """The job that was begun at about `since_s` under our name; None where the server has none."""
        return self._persist(lambda: self._found(job, since_s))

    def look(self, theirs: str) -> JobTold:
        """How a job stands."""
        return self._job(self._persist(lambda: self._ask(f"/batches/{quote(theirs, safe='')}")))

    def cancel(self, theirs: str) -> JobTold:
        """Have it stopped."""
        return self._job(self._persist(lambda: self._ask(f"/batches/{quote(theirs, safe='')}/cancel", b"{}")))

    def file(self, name: str) -> bytes:
        """What a file holds."""
        return self._persist(lambda: self._ask(f"/files/{quote(name, safe='')}/content", most=MOST_BYTES))

    def _found(self, job: str, since_s: float) -> JobTold | None:
        after = ""
        for _ in range(MOST_PAGES):
            page = decoded(self._ask(f"/batches?limit=100{after}"), JobsTold, "the list of jobs")
            for one in page.data:
                if (one.metadata or {}).get(MARK) == job:
                    return one
            if not page.has_more or not page.data or (page.data[-1].created_at or 0) < since_s - SLACK_S:
                return None
            after = f"&after={quote(page.data[-1].id, safe='')}"
        return None

    def _uploaded(self, job: str, lines: bytes) -> bytes:
        upload = Upload(f"pegboard-{job}.jsonl", lines, {"purpose": "batch"})
        try:
            return self._ask("/files", upload=upload)
        except NotFound as error:
            raise Unsupported(f"{self._server.endpoint.url} has no batch jobs: {error.message}") from error

    def _ask(
        self, path: str, body: bytes | None = None, *, upload: Upload | None = None, most: int = MOST_TOLD
    ) -> bytes:
        silence_s = self._server.endpoint.silence_s(self._ctx.remaining_s)
        return fetched(self._server.lines, Sending(path, silence_s, body, upload=upload), self._life, most)

    def _job(self, data: bytes) -> JobTold:
        return decoded(data, JobTold, "a batch job")

    def _persist(self, ask: Callable[[], T]) -> T:
        if self._tries is Tries.ONE:
            return ask()
        return persist(ask, self._server.endpoint, self._life, self._ctx)
