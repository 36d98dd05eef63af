"""Runs the kernel for one session: board, session, signals, and the way out of all of them."""

import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
import trio

from pegboard.agent import Agent
from pegboard.audit.demand import audit_of
from pegboard.board import Board
from pegboard.cli.launch import Launch
from pegboard.cli.policies import policy_of
from pegboard.commands.start import Commands
from pegboard.config import Limits as LimitSettings
from pegboard.kernel import Kernel, Start
from pegboard.proxy.hosts import Refusal
from pegboard.rights.commands import Rooms
from pegboard.secrets.redaction import Redactor
from pegboard.services import Services
from pegboard.session import Limits
from pegboard.sessions import Sessions
from pegboard.supply.lock import lock_files
from pegboard.wiring import Wiring
from pegboard_sdk.errors import CallCancelled, NotFound

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def hold(
    started: Launch,
    action: Callable[[Agent], Awaitable[T]],
    *,
    params: dict[str, Any] | None = None,
    lone: bool = False,
) -> T:
    """Open the session that was asked for, run `action` in it, and leave nothing behind.

    SIGINT, SIGTERM and SIGHUP interrupt what the session runs; with nothing to interrupt they end the program.
    """
    start = msgspec.structs.replace(start_of(started, params or {}), lone=lone)
    return trio.run(partial(_hold, started, action, start))


async def _hold(started: Launch, action: Callable[[Agent], Awaitable[T]], start: Start) -> T:
    def redactor() -> Redactor:
        made = Redactor()
        started.credentials.tell(made.learn)
        return made

    def refused(refusal: Refusal) -> None:
        agent.session.fail("PROXY", str(refusal))

    wiring = Wiring(on_call=Services().serve, setup_of=started.setup)
    async with (
        trio.open_nursery() as doors,
        Board(
            started.registry,
            started.spawner,
            started.places,
            wiring=wiring,
            environ=os.environ,
            workspace=str(started.workspace),
            begun=started.begun,
            rights=started.rights,
        ) as board,
    ):
        results: list[T] = []
        scratch = started.places.runtime / f"tmp-{os.getpid()}"
        hidden = tuple(str(started.workspace / file) for file in start.policy.denied_files())
        rooms = Rooms(started.rights, doors, scratch=scratch, hidden=hidden, told=refused)
        commands = Commands(
            os.environ,
            settings=started.config.settings.plugin,
            room=rooms.confinement,
            proxy=rooms.open_door,
            watch=rooms.watch,
        )
        agent = await Kernel(started.places, started.registry, board, commands=commands, redactor=redactor).open(start)
        try:
            async with trio.open_nursery() as nursery:
                await nursery.start(_watch_signals, agent, nursery.cancel_scope)
                if agent.session.notary is not None:
                    nursery.start_soon(agent.session.notary.run)
                results.append(await action(agent))
                nursery.cancel_scope.cancel()
        finally:
            if started.options.verbose:
                journal = agent.session.journal
                sys.stderr.write(f"fdatasync: {journal.syncs} times, {journal.sync_s:.4f} s\n")
            agent.close()
            doors.cancel_scope.cancel()
            shutil.rmtree(scratch, ignore_errors=True)
    if not results:
        raise CallCancelled("interrupted")
    return results[0]


async def _watch_signals(
    agent: Agent, scope: trio.CancelScope, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(*SIGNALS) as received:
        task_status.started()
        async for _ in received:
            if not agent.session.interrupt():
                scope.cancel()


def start_of(started: Launch, params: dict[str, Any]) -> Start:
    """What the options say of the session. Raises NotFound when there is none to go on with."""
    options = started.options
    target = started.target
    walls = started.rights.walls
    policy = policy_of(started.config, allow=options.allow, deny=options.deny)
    return Start(
        workspace=started.workspace,
        target=msgspec.structs.replace(target, params={**target.params, **params}),
        policy=msgspec.structs.replace(policy, cap=walls.cap(policy.cap), sandbox=walls.stand),
        roots=started.rights.roots,
        offers=walls.offers,
        audit=audit_of(
            started.managed.managed,
            policy=started.managed.files,
            lock=lock_files(started.places),
            tier=walls.name,
        ),
        tools=_names(options.tools),
        plugins=options.plugin,
        bare=options.no_plugins,
        limits=_limits(started.config.settings.limits),
        resume=_resumed(started),
        fork=options.fork_session,
        ephemeral=options.no_session,
        additions=(options.append_system_prompt,) if options.append_system_prompt else (),
    )


def _names(listed: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (listed or "").split(",") if name.strip())


def _limits(limits: LimitSettings) -> Limits:
    return Limits(
        turns=limits.max_turns or 0,
        tokens=limits.tokens or 0,
        seconds=limits.seconds or 0,
        budget=limits.budget_usd,
    )


def _resumed(started: Launch) -> str:
    if started.options.resume:
        return started.options.resume
    if not started.options.continue_last:
        return ""
    newest = Sessions(started.places.state).newest(started.workspace)
    if newest is None:
        raise NotFound("no session of this folder to go on with; leave out -c to begin one")
    return newest
