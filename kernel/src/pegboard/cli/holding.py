"""Runs the kernel for one session: board, session, signals, and the way out of all of them."""

import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import trio

from pegboard.audit.demand import audit_of
from pegboard.board import Board
from pegboard.cli.attaching.door import open_door
from pegboard.cli.context.instructions import told_at_start
from pegboard.cli.context.nested import Nested
from pegboard.cli.conversing.kinds import kind_of
from pegboard.cli.conversing.taking_up import take_up
from pegboard.cli.conversing.unheard import Keeping
from pegboard.cli.folders.admitting import closed_to_commands, told_of
from pegboard.cli.launch import Launch
from pegboard.cli.mentions.reading import with_mentions
from pegboard.cli.policies import policy_of
from pegboard.cli.show import safe
from pegboard.cli.skills import skills_of
from pegboard.cli.slash import Slash
from pegboard.cli.slash.scene import Ground
from pegboard.cli.trusting import trust_of
from pegboard.commands.start import Commands
from pegboard.config import Limits as LimitSettings
from pegboard.ending import alone
from pegboard.fronts.conversation import Conversation
from pegboard.gate.autonomy import Gate
from pegboard.kernel import Kernel, Start
from pegboard.models.prompt import YOU, Part
from pegboard.models.providers import Choosing, Target, check_provider, target_of
from pegboard.places import Places
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


class Holding(NamedTuple):
    """What an action has while it lasts."""

    conversation: Conversation
    board: Board
    started: Launch


def hold(
    started: Launch,
    action: Callable[[Holding], Awaitable[T]],
    *,
    params: dict[str, Any] | None = None,
    lone: bool = False,
) -> T:
    """Open the session that was asked for, run `action` in it, and leave nothing behind.

    SIGINT, SIGTERM and SIGHUP interrupt what the session runs; with nothing to interrupt they end the program.
    """
    start = msgspec.structs.replace(start_of(started, params or {}), lone=lone)
    return trio.run(partial(_hold, started, action, start))


async def _hold(started: Launch, action: Callable[[Holding], Awaitable[T]], start: Start) -> T:
    wiring = Wiring(on_call=Services().serve, setup_of=started.setup)
    async with (
        _doors() as doors,
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
        scratch = started.places.runtime / f"tmp-{os.getpid()}"
        owner = Doors(doors, lambda refusal: made.agent.session.fail("PROXY", str(refusal)))
        commands = _commands(started, start, owner, scratch)
        kernel = Kernel(started.places, started.registry, board, commands=commands, redactor=lambda: _redactor(started))
        slash = Slash(started, board)
        made = Conversation(kernel, start, run=slash.run, suggest=slash.complete, mention=with_mentions)
        async with made.held(), _door(made, started.places, start):
            made.waiting.keep = Keeping(made).keep
            notes = await take_up(Ground(started, board), made)
            sys.stderr.writelines(f"peg: {safe(note)}\n" for note in notes if not started.front)
            try:
                return await _run(Holding(made, board, started), action)
            finally:
                if started.options.verbose:
                    journal = made.agent.session.journal
                    sys.stderr.write(f"fdatasync: {journal.syncs} times, {journal.sync_s:.4f} s\n")
                shutil.rmtree(scratch, ignore_errors=True)


def _door(conversation: Conversation, places: Places, start: Start) -> AbstractAsyncContextManager[None]:
    """Others may attach to what can be gone on with."""
    return nullcontext() if start.lone or start.ephemeral else open_door(conversation, places)


async def _run(holding: Holding, action: Callable[[Holding], Awaitable[T]]) -> T:
    results: list[T] = []
    async with trio.open_nursery() as nursery:
        await nursery.start(_watch_signals, holding.conversation, nursery.cancel_scope)
        results.append(await action(holding))
        nursery.cancel_scope.cancel()
    if not results:
        raise CallCancelled("interrupted")
    return results[0]


@asynccontextmanager
async def _doors() -> AsyncIterator[trio.Nursery]:
    """Owns the proxies; they end when the session has."""
    try:
        async with trio.open_nursery() as nursery:
            yield nursery
            nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise alone(group) from None


def _redactor(started: Launch) -> Redactor:
    made = Redactor()
    started.credentials.tell(made.learn)
    return made


class Doors(NamedTuple):
    """Who owns the proxies of commands, and who hears what they refuse."""

    nursery: trio.Nursery
    refused: Callable[[Refusal], None]


def _commands(started: Launch, start: Start, doors: Doors, scratch: Path) -> Commands:
    hidden = partial(closed_to_commands, started, start.policy)
    rooms = Rooms(started.rights, doors.nursery, scratch=scratch, hidden=hidden, told=doors.refused)
    return Commands(
        os.environ,
        settings=started.config.settings.plugin,
        room=rooms.confinement,
        proxy=rooms.open_door,
        watch=rooms.watch,
    )


async def _watch_signals(
    conversation: Conversation,
    scope: trio.CancelScope,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    with trio.open_signal_receiver(*SIGNALS) as received:
        task_status.started()
        async for _ in received:
            if not conversation.interrupt():
                scope.cancel()


def start_of(started: Launch, params: dict[str, Any]) -> Start:
    """What the options say of the session. Raises NotFound when there is none to go on with."""
    options = started.options
    target = started.target
    walls = started.rights.walls
    told = told_at_start(started.places, started.workspace, started.taken.obeyed)
    policy = policy_of(started.config, allow=options.allow, deny=options.deny)
    opened = frozenset[Gate]() if walls.bare else policy.opened
    return Start(
        workspace=started.workspace,
        target=msgspec.structs.replace(target, params={**target.params, **params}),
        policy=msgspec.structs.replace(policy, cap=walls.cap(policy.cap), sandbox=walls.stand, opened=opened),
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
        choosing=Choosing(
            target_of=partial(_target_of, started, params),
            pinned=bool(options.model),
            providers=started.config.settings.providers,
            known={name: model.model or name for name, model in started.config.settings.models.items()},
        ),
        additions=(*told.parts, *told_of(started.rights.roots), *_typed(options.append_system_prompt)),
        notes=told.notes,
        guide=Nested(started.workspace, trust_of(started.places, started.managed), started.taken.nested),
        obeyed=skills_of(started.places.config, started.taken.obeyed),
        kinds=kind_of,
    )


def _typed(prompt: str | None) -> tuple[Part, ...]:
    return (Part("--append-system-prompt", YOU, prompt),) if prompt else ()


def _target_of(started: Launch, params: dict[str, Any], name: str) -> Target:
    target = target_of(name, started.config.settings)
    check_provider(target, started.registry)
    return msgspec.structs.replace(target, params={**target.params, **params})


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
    if started.options.resume or not started.options.continue_last:
        return started.options.resume or ""
    newest = Sessions(started.places.state).newest(started.workspace)
    if newest is None:
        raise NotFound("no session of this folder to go on with; leave out -c to begin one")
    return newest
