"""The door of a session, with both ends in this process: what is said last, and that nothing comes behind it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from agent_desk import Desk, until
from msgspec import Raw

from pegboard.cli.attaching.door import open_door
from pegboard.cli.attaching.place import connect
from pegboard.cli.attaching.relay import Relay
from pegboard_sdk.wire.codec import pack

VISITS = 8


class Eager:
    """A front-end that is shown everything at once, and never leaves."""

    def __init__(self) -> None:
        self.shows = 0

    @asynccontextmanager
    async def open(self, method: str, params: Raw) -> AsyncIterator["Eager"]:
        yield self

    async def result(self) -> Raw:
        await trio.sleep_forever()
        raise AssertionError

    async def call(self, method: str, params: Raw) -> Raw:
        self.shows += 1
        return pack(None)


async def test_the_farewell_is_the_last_that_a_front_end_hears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pegboard.cli.attaching.door.admit", lambda connection: os.getpid())
    desk, fronts = Desk(tmp_path), [Eager() for _ in range(VISITS)]
    async with (
        desk.conversation() as conversation,
        trio.open_nursery() as nursery,
        open_door(conversation, desk.places),
    ):
        for front in fronts:
            relay = Relay(connect(desk.places, conversation.agent.session.id), "eager")
            relay.front = front
            nursery.start_soon(relay.run)
        await until(lambda: all(front.shows for front in fronts))
        await until(lambda: conversation.status().fronts == VISITS)
        conversation.audience.stir()
    assert conversation.status().fronts == 0
