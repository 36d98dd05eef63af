"""Runs what `peg batch` asks for: one session for as long as it takes, and the providers that have jobs."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import trio
from msgspec import Struct

from pegboard.cli.batching.jobs import Batches, Told
from pegboard.cli.batching.name import Name
from pegboard.cli.batching.waiting import Waiting
from pegboard.cli.holding import Holding, hold
from pegboard.cli.launch import launch
from pegboard.cli.models import instances_of
from pegboard.cli.options import Options
from pegboard_sdk.errors import PegboardError, Unsupported
from pegboard_sdk.wire.batching import BatchJob, CancelJob, FetchJob, LookAtJobs, Prompt

T = TypeVar("T")


class Standing(Struct):
    """All jobs with their providers, and why a provider could not say how its jobs stand."""

    jobs: list[tuple[Name, BatchJob]]
    problems: dict[str, str]


def submitted(options: Options, prompts: tuple[Prompt, ...], params: dict[str, Any]) -> Name:
    """The name of a job that was begun. Raises OverBudget, PermissionDenied, Unsupported, or the provider's error."""

    async def run(holding: Holding) -> Name:
        agent = holding.conversation.agent
        agent.model.begin(agent.limits.budget)
        return await _batches(holding).submit(prompts)

    return hold(launch(options, takes_prompts=False), run, params=params)


def standing() -> Standing:
    """How all jobs stand."""

    async def run(holding: Holding) -> Standing:
        found = Standing([], {})
        for provider in instances_of(holding.started):
            try:
                told = await _batches(holding).ask(provider, LookAtJobs())
                found.jobs += [(Name(provider, job.job), job) for job in told.jobs]
            except Unsupported:
                continue
            except PegboardError as error:
                found.problems[provider] = error.message
        return found

    return _alone(run)


def fetched(name: Name, *, wait: bool) -> Told:
    """The answers of a job. Raises InvalidParams for one that is not over, unless one is to `wait`."""

    async def run(holding: Holding) -> Told:
        if wait:
            await _over(_batches(holding), name)
        return await _batches(holding).ask(name.provider, FetchJob(job=name.job))

    return _alone(run)


def cancelled(name: Name) -> BatchJob:
    """A job that is to stop."""

    async def run(holding: Holding) -> BatchJob:
        told = await _batches(holding).ask(name.provider, CancelJob(job=name.job))
        return told.jobs[0]

    return _alone(run)


async def _over(batches: Batches, name: Name) -> None:
    """Return once a job is over. Raises what a look fails with, where further ones are of no use."""
    waiting = Waiting()
    while True:
        try:
            told = await batches.ask(name.provider, LookAtJobs(job=name.job))
            if told.jobs[0].state.is_over:
                return
            pause_s = waiting.looked()
        except PegboardError as error:
            pause_s = waiting.failed(error)
        await trio.sleep(pause_s)


def _batches(holding: Holding) -> Batches:
    agent = holding.conversation.agent
    return Batches(agent.session, holding.board, agent.model)


def _alone(run: Callable[[Holding], Awaitable[T]]) -> T:
    """Run outside any conversation."""
    started = launch(Options(no_session=True, model="none/none"), takes_prompts=False)
    return hold(started, run, lone=True)
