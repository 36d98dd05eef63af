"""Batch jobs on the wire: many prompts that a provider answers within a day, for less. All are of method model.batch.

A job lives at the provider. The plugin keeps a record of it in its own folder, so that whoever asks next finds it.
"""

from enum import Enum
from typing import Any, Final

from msgspec import field

from pegboard_sdk.wire.methods import Payload
from pegboard_sdk.wire.modelling import Planned
from pegboard_sdk.wire.records import Message, Usage


class JobState(Enum):
    """How a job stands: the words are the API's, but for the first and the last."""

    SENDING = "sending"
    """It is recorded here; whether the provider has it is not known yet."""
    VALIDATING = "validating"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """The provider took none of it; `problems` say why."""
    LOST = "lost"
    """It never reached the provider: the program ended before."""

    @property
    def is_over(self) -> bool:
        """Whether nothing changes any more: what was answered by then can be fetched."""
        return self in _OVER


_OVER: Final = frozenset({JobState.COMPLETED, JobState.EXPIRED, JobState.CANCELLED, JobState.FAILED, JobState.LOST})


class Prompt(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One question of a job. `id` is the caller's own name for it and stays here."""

    text: str
    system: str = ""
    id: str = ""


class SubmitJob(Payload, frozen=True, kw_only=True, omit_defaults=True, tag="submit"):
    """Begin a job called `job`. `planned` is kept with it: by that name it is accounted for once it is over."""

    job: str
    model: str
    prompts: tuple[Prompt, ...]
    planned: Planned
    effort: str = ""
    params: dict[str, Any] = field(default_factory=dict)


class LookAtJobs(Payload, frozen=True, kw_only=True, omit_defaults=True, tag="look"):
    """How a job stands, or, without a name, all that are known."""

    job: str = ""


class FetchJob(Payload, frozen=True, kw_only=True, omit_defaults=True, tag="fetch"):
    """The answers of a job that is over: streamed as lines of JSON (`Answered`), in the order of its prompts."""

    job: str


class CancelJob(Payload, frozen=True, kw_only=True, omit_defaults=True, tag="cancel"):
    """Have the provider stop; what it answered by then can be fetched and is paid for."""

    job: str


AskBatch = SubmitJob | LookAtJobs | FetchJob | CancelJob


class BatchJob(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """How a job stands. `usage` is known once it is over, where the provider's files could be read."""

    job: str
    model: str
    state: JobState
    begun: str
    """When, in UTC, as ISO 8601 has it."""
    prompts: int
    answered: int = 0
    failed: int = 0
    usage: Usage | None = None
    problems: tuple[str, ...] = ()
    """What went wrong with the job as a whole, for people."""
    planned: Planned


class Answered(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one prompt, the `at`th from 1: a message, or the error that there is none."""

    at: int
    id: str = ""
    message: Message | None = None
    usage: Usage | None = None
    error: str = ""
