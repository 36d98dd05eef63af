"""What the batch API says, as types: files, jobs, lines of their files. No I/O, no judgement."""

from typing import Any, Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from pegboard_openai.responses.event import Count
from pegboard_sdk import JobState, Upstream
from pegboard_sdk.http import BAD_JSON

T = TypeVar("T")


class FileTold(Struct, frozen=True):
    """A file that the provider has."""

    id: str


class Counts(Struct, frozen=True):
    """How many requests of a job came how far."""

    total: int | None = None
    completed: int | None = None
    failed: int | None = None


class Problem(Struct, frozen=True):
    """Why a job was not taken; `line` is that of the file."""

    message: str | None = None
    code: str | int | None = None
    line: int | None = None

    @property
    def text(self) -> str:
        """For people."""
        said = self.message or str(self.code or "no reason given")
        return f"line {self.line}: {said}" if self.line is not None else said


class Problems(Struct, frozen=True):
    """All of them."""

    data: list[Problem] | None = None


class JobTold(Struct, frozen=True):
    """A job, as the provider tells of it."""

    id: str
    status: str
    created_at: float | None = None
    metadata: dict[str, Any] | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    request_counts: Counts | None = None
    errors: Problems | None = None
    usage: Count | None = None

    @property
    def state(self) -> JobState:
        """Raises Upstream for a word that nobody knows."""
        try:
            return JobState(self.status)
        except ValueError:
            known = ", ".join(state.value for state in JobState)
            raise Upstream(f"job {self.id} is `{self.status}`, which is none of {known}") from None


class JobsTold(Struct, frozen=True):
    """A page of jobs, the newest first."""

    data: list[JobTold] = []
    has_more: bool = False


class ResponseTold(Struct, frozen=True):
    """What a request of a job was answered."""

    status_code: int | None = None
    body: Raw = Raw(b"null")


class ErrorTold(Struct, frozen=True):
    """Why a request of a job was not made, or not to its end."""

    code: str | int | None = None
    message: str | None = None


class LineTold(Struct, frozen=True):
    """A line of a job's output, or of its errors."""

    custom_id: str
    response: ResponseTold | None = None
    error: ErrorTold | None = None


LINE: Final = msgspec.json.Decoder(LineTold)


def decoded(data: bytes, kind: type[T], what: str) -> T:
    """What was said. Raises Upstream where it is not that."""
    try:
        return msgspec.json.decode(data, type=kind)
    except BAD_JSON as error:
        raise Upstream(f"{what}: {error}: {data[:160].decode('utf-8', 'replace')!r}") from error
