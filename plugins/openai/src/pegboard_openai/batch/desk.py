"""What is done about batch jobs: each step is on disk before the next, so that any of them may be the last.

A job that is recorded as being sent, and is not being sent any more, is looked for at the provider: it has our name.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from pegboard_openai.batch.lines import UNSAID, Read, read, written
from pegboard_openai.batch.provider import Jobs, Tries
from pegboard_openai.batch.record import Record, Shelf
from pegboard_openai.batch.told import JobTold
from pegboard_openai.server import Server
from pegboard_sdk import (
    AskBatch,
    BatchJob,
    CancelJob,
    Conflict,
    Context,
    Effect,
    FetchJob,
    InvalidParams,
    JobState,
    LookAtJobs,
    NotFound,
    PegboardError,
    RateLimited,
    SubmitJob,
    TooLarge,
    Unauthenticated,
    Unsupported,
    Upstream,
    Usage,
)

REFUSALS: Final = (InvalidParams, NotFound, RateLimited, TooLarge, Unauthenticated)
"""The server said no: nothing was begun."""
LISTED_S: Final = 120.0
"""A job that the provider does not list so long after it was begun here was never begun there."""


class Desk:
    """What is done for one call, about the batch jobs of one server and one instance of the plugin."""

    def __init__(self, server: Server, asked: AskBatch, ctx: Context) -> None:
        self._server = server
        self._asked = asked
        self._ctx = ctx
        self._shelf = Shelf(ctx.data_dir)
        self._jobs = Jobs(server, ctx, Tries.ONE if isinstance(asked, LookAtJobs) else Tries.MANY)

    def do(self) -> list[BatchJob]:
        """What was asked. Raises Unsupported, NotFound, Conflict, InvalidParams, and what `faults` names."""
        match self._asked:
            case SubmitJob():
                return [self._submitted(self._asked)]
            case LookAtJobs(job=job):
                return [self._fresh(self._shelf.of(job)).job] if job else list(self._all())
            case FetchJob(job=job):
                return [self._fetched(job)]
            case CancelJob(job=job):
                return [self._cancelled(job)]

    def _submitted(self, asked: SubmitJob) -> BatchJob:
        if not self._server.profile.batch:
            raise Unsupported(
                f"{self._server.endpoint.url} (profile `{self._server.profile.name}`) has no batch jobs that are known "
                "here; name a server that has OpenAI's under `profiles` as `openai`"
            )
        lines = written(asked, self._server.profile)
        job = BatchJob(
            job=asked.job,
            model=asked.model,
            state=JobState.SENDING,
            begun=datetime.now(UTC).isoformat(timespec="seconds"),
            prompts=len(asked.prompts),
            planned=asked.planned,
        )
        record = Record(
            job=job,
            place=self._server.endpoint.place,
            endpoint=lines.endpoint,
            api=lines.api,
            begun_s=time.time(),
            ids=tuple(prompt.id for prompt in asked.prompts),
        )
        with self._shelf.held(asked.job) as is_mine:
            if not is_mine:
                raise Conflict(f"batch job `{asked.job}` is being sent already")
            self._shelf.begin(record, lines.data)
            return self._sent(record, lines.data).job

    def _sent(self, record: Record, lines: bytes) -> Record:
        """Sent. What was surely not begun leaves no record; what nobody knows the end of leaves one."""
        name = record.job.job
        try:
            file = self._jobs.upload(name, lines)
        except PegboardError:
            self._shelf.forget(name)
            raise
        try:
            told = self._jobs.create(name, file, record.endpoint, record.begun_s)
        except REFUSALS:
            self._shelf.forget(name)
            raise
        except PegboardError as error:
            unknown = f"whether batch job `{name}` was begun is not known: `peg batch list` finds out"
            raise type(error)(f"{error.message}; {unknown}", effect=Effect.UNKNOWN) from error
        return self._kept(record, told)

    def _all(self) -> Iterator[BatchJob]:
        """Every job: what is wrong with one is said of it, and keeps nobody from the others."""
        for name in self._shelf.jobs():
            try:
                record = self._shelf.of(name)
            except NotFound as error:
                self._ctx.log("warning", error.message)
                continue
            try:
                yield self._fresh(record).job
            except (Upstream, InvalidParams) as error:
                yield replace(record.job, problems=(*record.job.problems, error.message))

    def _cancelled(self, name: str) -> BatchJob:
        record = self._fresh(self._shelf.of(name))
        if record.job.state.is_over or not record.theirs:
            return record.job
        return self._kept(record, self._jobs.cancel(record.theirs)).job

    def _fetched(self, name: str) -> BatchJob:
        """The answers, written; the job with what was wrong with their files."""
        record = self._fresh(self._shelf.of(name))
        if not record.job.state.is_over:
            raise InvalidParams(f"batch job `{name}` is {record.job.state.value}; there is nothing to fetch yet")
        found = self._read(record)
        for answer in found.answers:
            self._ctx.write(msgspec.json.encode(answer) + b"\n")
        return record.job

    def _fresh(self, record: Record) -> Record:
        """As the provider tells of it now; what is over is not asked about again, once it is known what it took."""
        job = record.job
        if job.state.is_over and job.usage is not None:
            return record
        if record.place != self._server.endpoint.place:
            raise InvalidParams(
                f"batch job `{job.job}` is at {record.place}, and base_url is {self._server.endpoint.url}"
            )
        if record.theirs:
            return self._kept(record, self._jobs.look(record.theirs))
        with self._shelf.held(job.job) as is_mine:
            if not is_mine:
                return record
            told = self._jobs.find(job.job, record.begun_s)
            return self._kept(record, told) if told is not None else self._unlisted(record)

    def _unlisted(self, record: Record) -> Record:
        if time.time() - record.begun_s < LISTED_S:
            return record
        why = "it never reached the provider; submit it again"
        lost = replace(record, job=replace(record.job, state=JobState.LOST, usage=Usage(), problems=(why,)))
        self._shelf.keep(lost)
        return lost

    def _kept(self, record: Record, told: JobTold) -> Record:
        """The record with what the provider told, on disk."""
        counts, files = told.request_counts, tuple(filter(None, (told.output_file_id, told.error_file_id)))
        job = replace(
            record.job,
            state=told.state,
            answered=(counts.completed if counts else None) or 0,
            failed=(counts.failed if counts else None) or 0,
            problems=tuple(each.text for each in (told.errors.data if told.errors else None) or ()),
        )
        record = replace(record, job=job, theirs=told.id, files=files)
        self._shelf.keep(record)
        if not job.state.is_over:
            return record
        return self._counted(record, told)

    def _counted(self, record: Record, told: JobTold) -> Record:
        """What a job took: as the provider sums it up, else as its answers do."""
        usage = told.usage.usage if told.usage and told.usage.input_tokens else None
        found = self._read(record) if usage is None and record.files else None
        job = replace(record.job, usage=usage or (found.usage if found else Usage()))
        if found is not None and found.unreadable:
            job = replace(job, problems=(*job.problems, f"{found.unreadable} lines of its files are no answers"))
        record = replace(record, job=job)
        self._shelf.keep(record)
        return record

    def _read(self, record: Record) -> Read:
        files: Iterator[bytes] = (self._jobs.file(name) for name in record.files)
        why = "; ".join((f"the job is {record.job.state.value}", *record.job.problems, UNSAID))
        return read(files, record.ids, model=record.job.model, api=record.api, otherwise=why)
