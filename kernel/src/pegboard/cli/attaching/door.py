"""Lets front-ends of other processes into the conversation that this process holds. It fails open: see ADR 0024."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from pegboard.cli.attaching.place import Door
from pegboard.cli.attaching.visit import Visit
from pegboard.ending import alone
from pegboard.fronts.conversation import Conversation
from pegboard.fronts.visitor import admit
from pegboard.places import Places
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.records import Answer, AnyRecord, Question

MOST_VISITS: Final = 16
MOST_TOLD: Final = 8
"""So many refusals are recorded; who keeps knocking fills no disk."""
PAUSE_S: Final = 1.0
FAREWELL_S: Final = 2.0


@asynccontextmanager
async def open_door(conversation: Conversation, places: Places) -> AsyncIterator[None]:
    """Inside, others may attach; leaving ends them with a word. Where it cannot be had, that is said and no more."""
    try:
        door = Door(places, conversation.agent.session.id) if hasattr(socket, "SO_PEERCRED") else None
    except (OSError, PegboardError) as error:
        conversation.agent.session.fail("ATTACH", f"nobody can attach to this session: {error}")
        door = None
    if door is None:
        yield
        return
    porter = Porter(conversation, door)
    conversation.audience.attach(porter)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(porter.run)
            try:
                yield
            finally:
                door.remove()
                await porter.close()
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise alone(group) from None
    finally:
        conversation.audience.detach(porter)


class Porter:
    """Opens, and sits in the audience to hear when the conversation goes on with another session."""

    def __init__(self, conversation: Conversation, door: Door) -> None:
        self._conversation = conversation
        self._door = door
        self._session = conversation.agent.session.id
        self._visits: set[Visit] = set()
        self._refused = 0

    async def run(self) -> None:
        """Until cancelled."""
        with trio.socket.from_stdlib_socket(self._door.socket) as listening:
            async with trio.open_nursery() as nursery:
                while True:
                    try:
                        connection, _ = await listening.accept()
                    except OSError:
                        await trio.sleep(PAUSE_S)
                        continue
                    nursery.start_soon(self._receive, socket.socket(fileno=connection.detach()))

    async def close(self) -> None:
        """Tell all that it is over."""
        with trio.move_on_after(FAREWELL_S, shield=True):
            async with trio.open_nursery() as nursery:
                for visit in self._visits:
                    nursery.start_soon(visit.end, "the session is let go of")

    async def _receive(self, connection: socket.socket) -> None:
        try:
            admit(connection)
        except (OSError, PegboardError) as error:
            connection.close()
            self._refused += 1
            if isinstance(error, PegboardError) and self._refused <= MOST_TOLD:
                self._conversation.agent.session.fail("ATTACH", error.message)
            return
        if len(self._visits) >= MOST_VISITS:
            connection.close()
            return
        visit = Visit(connection, self._conversation)
        self._visits.add(visit)
        try:
            await visit.run()
        finally:
            self._visits.discard(visit)

    # In the audience.

    def show(self, record: AnyRecord) -> None:
        """Follow the conversation to another session."""
        session = self._conversation.agent.session
        if session.id != self._session:
            self._session = session.id
            try:
                self._door.rename(session.id)
            except OSError as error:
                session.fail("ATTACH", f"nobody can attach to this session: {error}")

    async def ask(self, question: Question) -> Answer | None:
        """It is nobody."""
        return None
