"""Keeping time over one plugin process: pings while calls run, an end when none has run for long, farewells."""

from typing import Protocol

import trio

from pegboard.lifecycle import Event
from pegboard.patience import ANSWER_S, Patience
from pegboard_sdk.errors import PegboardError, Unresponsive
from pegboard_sdk.wire.messages import Drain
from pegboard_sdk.wire.peer import Peer


class Watched(Protocol):
    """What is told of what was seen."""

    peer: Peer
    used_at: float

    def tell(self, event: Event) -> None: ...
    def stop(self, why: str) -> None: ...
    def fail(self, fault: PegboardError) -> None: ...


async def keep_time(watched: Watched, patience: Patience, idle_s: float) -> None:
    """Until cancelled. A process that answers pings is never failed here, however long its calls take."""
    missed, answered_at = 0, trio.current_time()
    while True:
        await trio.sleep(min(patience.ping_s, idle_s or patience.ping_s))
        now = trio.current_time()
        if not watched.peer.open_calls:
            missed, answered_at = 0, now
            if idle_s and now - watched.used_at >= idle_s:
                watched.stop("idle")
        elif await answers_within(watched.peer, patience.ping_s):
            missed, answered_at = 0, trio.current_time()
            watched.tell(Event.ANSWERED)
        else:
            missed += 1
            silent_s = trio.current_time() - answered_at
            if missed >= patience.misses:
                watched.tell(Event.MISSED)
            if silent_s >= patience.hang_s:
                watched.fail(Unresponsive(f"it has answered no ping for {silent_s:.0f} s while it ran a call"))


async def drain(peer: Peer, why: str, farewell: trio.Event, patience: Patience) -> bool:
    """Ask it to finish what runs, and wait for its farewell; False when it answers nothing, and need not be asked."""
    if not await answers_within(peer, min(ANSWER_S, patience.drain_s)):
        return False
    await peer.notify(Drain(0, int(patience.drain_s * 1000), why))
    with trio.move_on_after(patience.drain_s):
        await farewell.wait()
    return True


async def answers_within(peer: Peer, seconds: float) -> bool:
    """Whether the other side's reader lives."""
    with trio.move_on_after(seconds):
        await peer.ping()
        return True
    return False
