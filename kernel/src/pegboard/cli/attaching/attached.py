"""The attached process: its board with a front-end, the connection, and the way out of both."""

import os
import signal
import sys
from functools import partial
from typing import Final

import msgspec
import trio
from msgspec import Raw

from pegboard.board import Board
from pegboard.cli.attaching.outfit import Outfit
from pegboard.cli.attaching.place import connect
from pegboard.cli.attaching.plain import Plain
from pegboard.cli.attaching.relay import Relay
from pegboard.cli.conversing.line import PluginLine
from pegboard.cli.conversing.screen import Screen, suspend
from pegboard.cli.exits import Exit
from pegboard.cli.keyboard import Keyboard
from pegboard.ending import alone
from pegboard.wiring import Wiring
from pegboard_sdk.errors import PegboardError, PermissionDenied, StartFailed
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.fronting import SESSION_COMMAND, SESSION_INTERRUPT, SUSPEND, Said, Typed

MOST_STARTS: Final = 10
_SUSPEND: Final = pack(Typed(line=SUSPEND))
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def visit(outfit: Outfit, session: str) -> int:
    """Be a front-end of the session until the person leaves, or the session is let go of. Returns the exit status."""
    return trio.run(partial(_visit, outfit, session))


async def _visit(outfit: Outfit, session: str) -> int:
    wiring = Wiring(on_call=_pass_on, setup_of=outfit.setup)
    async with Board(
        outfit.registry,
        outfit.spawner,
        outfit.places,
        wiring=wiring,
        environ=os.environ,
        workspace=str(outfit.workspace),
        rights=outfit.rights,
    ) as board:
        with Screen(outfit.spawner.pid) as screen:
            return await _stay(outfit, session, board, screen)


async def _stay(outfit: Outfit, session: str, board: Board, screen: Screen) -> int:
    """Through another front-end where one dies."""
    for _ in range(MOST_STARTS):
        relay = Relay(connect(outfit.places, session), outfit.front)
        try:
            await _meet(relay, outfit, board)
        finally:
            session = relay.session or session
            if relay.has_left:
                screen.settle()
            else:
                screen.restore()
        if relay.fault is None:
            return _told(relay, session)
        sys.stderr.write(f"peg: {relay.fault.message}\n")
        if isinstance(relay.fault, StartFailed):
            outfit = msgspec.structs.replace(outfit, front="")
    return Exit.PLUGIN


async def _pass_on(instance: str, serving: object, method: str, params: Raw) -> Raw:
    """What a front-end asks goes to the session; all else has nobody to answer it here."""
    if not isinstance(serving, Relay):
        raise PermissionDenied(f"{instance} serves no session with this call")
    if method == SESSION_COMMAND and params == _SUSPEND:
        suspend()  # this program, and not the one that holds the session
        return pack(Said())
    return await serving.answer(method, params)


async def _meet(relay: Relay, outfit: Outfit, board: Board) -> None:
    try:
        await _run(relay, outfit, board)
    except BaseExceptionGroup as group:
        raise alone(group) from None


async def _run(relay: Relay, outfit: Outfit, board: Board) -> None:
    async with trio.open_nursery() as nursery:
        await nursery.start(_watch_signals, relay, nursery.cancel_scope)
        if outfit.front:
            plugin = outfit.registry.channels.find(outfit.front).plugin
            relay.front = PluginLine(board, plugin, relay)
            await relay.run()
        else:
            with Keyboard() as keyboard:
                relay.front = Plain(relay, keyboard, verbose=outfit.verbose, nursery=nursery)
                await relay.run()
        nursery.cancel_scope.cancel()


async def _watch_signals(
    relay: Relay, scope: trio.CancelScope, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """SIGINT interrupts what the session runs; with nothing to interrupt, and for the others, this front-end leaves."""
    with trio.open_signal_receiver(*SIGNALS) as received:
        task_status.started()
        async for number in received:
            try:
                hit = number == signal.SIGINT and await relay.answer(SESSION_INTERRUPT, pack(None))
            except PegboardError:
                hit = False
            if not hit or not msgspec.msgpack.decode(hit, type=bool):
                relay.has_left = True
                scope.cancel()


def _told(relay: Relay, session: str) -> int:
    if relay.has_left:
        sys.stdout.write(f"The session goes on; peg attach {session} comes back.\n")
        return Exit.DONE
    sys.stderr.write(f"peg: session {session} was let go of by the process that held it; peg -r {session} goes on.\n")
    return Exit.FAILURE
