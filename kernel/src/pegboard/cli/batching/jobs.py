"""Jobs as a session begins and asks about them: without secrets, held against the budget, journaled, accounted for.

The job itself is the provider plugin's matter; what it may cost, and did, goes through `models.calling` as all does.
"""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pegboard.board import Board
from pegboard.cli.batching.lines import answers_of
from pegboard.cli.batching.name import Name
from pegboard.models.asking import STREAM_WINDOW, Model
from pegboard.session import Session
from pegboard_sdk.errors import Effect, MethodNotFound, PegboardError, ProtocolViolation, Unsupported
from pegboard_sdk.wire.batching import Answered, AskBatch, BatchJob, JobState, Prompt, SubmitJob
from pegboard_sdk.wire.codec import BAD_BODY, pack
from pegboard_sdk.wire.methods import MODEL_BATCH
from pegboard_sdk.wire.modelling import Paid, cost_of
from pegboard_sdk.wire.records import Request, Text, Usage


class Told(Struct, frozen=True):
    """What a provider said: the jobs that were asked about, and the answers that were fetched."""

    jobs: list[BatchJob]
    answers: list[Answered]


class Batches:
    """The batch jobs that a session begins and asks about."""

    def __init__(self, session: Session, board: Board, model: Model) -> None:
        self._session = session
        self._board = board
        self._model = model

    async def submit(self, prompts: tuple[Prompt, ...]) -> Name:
        """Begin a job called like the session, without secrets in it. Raises OverBudget, PermissionDenied, Unsupported,
        or the provider's error; what was held is free again unless the provider may have begun."""
        hide, estimate = self._session.redactor.redact, self._session.transcript.estimator.estimate
        prompts = tuple(replace(each, text=hide(each.text), system=hide(each.system)) for each in prompts)
        tokens = [estimate(len(f"{each.system}{each.text}".encode())) for each in prompts]
        ask = replace(self._model.ask_of(purpose="batch", tokens=max(tokens)), batch=len(prompts), pinned=True)
        planned, target = await self._model.calls.reserve(ask, self._model.target, sum(tokens))
        blob = await self._session.journal.blobs.put(msgspec.json.encode(prompts))
        conversation = f"{self._session.id}/batch"
        self._session.record(
            Request(turn=0, model=target.name, conversation=conversation, messages=0, sha256="", asked=blob)
        )
        wanted = SubmitJob(job=self._session.id, model=target.model, prompts=prompts, planned=planned)
        try:
            await self.ask(target.plugin, replace(wanted, effort=target.effort, params=target.params))
        except PegboardError as error:
            if error.effect is Effect.NONE:
                await self._model.calls.book(Paid(planned=planned, cost=0.0, outcome=error.code))
            raise
        return Name(target.plugin, wanted.job)

    async def ask(self, provider: str, asked: AskBatch) -> Told:
        """What a provider says of its jobs; those that are over are accounted for. Raises its error, or Unsupported."""
        streamed: list[bytes] = []
        try:
            async with self._board.open(provider, MODEL_BATCH, pack(asked), window=STREAM_WINDOW) as call:
                async for item in call.items:
                    streamed.append(msgspec.msgpack.decode(item, type=bytes))
                jobs = msgspec.msgpack.decode(await call.result(), type=list[BatchJob])
            told = Told(jobs, answers_of(streamed))
        except MethodNotFound as error:
            raise Unsupported(f"the provider `{provider}` has no batch jobs") from error
        except BAD_BODY as error:
            raise ProtocolViolation(f"{provider} answered {MODEL_BATCH} with what are no jobs: {error}") from error
        for job in jobs:
            await self._account(job)
        return Told(jobs, [self._hidden(answer) for answer in told.answers])

    def _hidden(self, answer: Answered) -> Answered:
        if answer.message is None:
            return answer
        hide = self._session.redactor.redact
        parts = answer.message.parts
        parts = tuple(replace(part, text=hide(part.text)) if isinstance(part, Text) else part for part in parts)
        return replace(answer, message=replace(answer.message, parts=parts))

    async def _account(self, job: BatchJob) -> None:
        """Book a job that is over, at the price of the day when it was begun; a second time changes nothing."""
        if job.state.is_over and job.usage is not None:
            outcome = "ok" if job.state is JobState.COMPLETED else job.state.name
            cost = 0.0 if job.usage == Usage() else cost_of(job.planned.price, job.usage)
            await self._model.calls.book(Paid(planned=job.planned, usage=job.usage, cost=cost, outcome=outcome))
