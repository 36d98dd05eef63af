"""Batches: one in flight, deltas joined, the first at once, bounded however long a front-end takes nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio
import trio.testing
from msgspec import Raw

from pegboard.fronts.remote import BATCH, MOST_PENDING, MOST_TEXT, Remote
from pegboard_sdk.errors import PluginDown
from pegboard_sdk.wire.codec import pack
from pegboard_sdk.wire.fronting import FRONT_SHOW, Left, RunChannel, Show, Status
from pegboard_sdk.wire.records import AnyRecord, Delta, Failure, Question


class Line:
    """A front-end that takes a batch when the test lets it."""

    def __init__(self) -> None:
        self.shows: list[Show] = []
        self.may_take = trio.Semaphore(0)
        self.ends = trio.Event()
        self.in_flight = self.most = 0

    @asynccontextmanager
    async def open(self, method: str, params: Raw) -> AsyncIterator[Any]:
        yield self

    async def result(self) -> Raw:
        await self.ends.wait()
        return pack(Left())

    async def call(self, method: str, params: Raw) -> Raw:
        if method != FRONT_SHOW:
            raise PluginDown("it died")
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        self.shows.append(msgspec.msgpack.decode(params, type=Show))
        await self.may_take.acquire()
        self.in_flight -= 1
        return pack(None)

    @property
    def records(self) -> list[AnyRecord]:
        return [record for show in self.shows for record in show.records]


@asynccontextmanager
async def running(begin: bool = True) -> AsyncIterator[tuple[Remote, Line, list[Remote]]]:
    line, renewed = Line(), list[Remote]()
    remote = Remote(line, lambda: Status(session="s"), renewed.append)
    if begin:
        remote.begin(())
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(remote.run, RunChannel(channel="c", session="s"))
            await trio.testing.wait_all_tasks_blocked()
            yield remote, line, renewed
            line.ends.set()


def text(value: str, stream: str = "text") -> Delta:
    return Delta(stream=stream, text=value)


async def test_the_first_goes_at_once_and_what_happens_meanwhile_comes_joined_in_one():
    async with running() as (remote, line, _):
        line.may_take.release()
        await trio.testing.wait_all_tasks_blocked()
        remote.show(text("a"))
        await trio.testing.wait_all_tasks_blocked()
        assert line.records == [text("a")]
        for piece in "bcd":
            remote.show(text(piece))
        remote.show(text("x", "reasoning"))
        remote.show(Failure(code="C", message="m"))
        remote.show(text("e"))
        line.may_take.release()
        await trio.testing.wait_all_tasks_blocked()
        assert line.shows[-1].records == (
            text("bcd"), text("x", "reasoning"), Failure(code="C", message="m"), text("e"),
        )  # fmt: skip
        assert line.most == 1


async def test_nothing_is_shown_before_what_was_before():
    async with running(begin=False) as (remote, line, _):
        remote.show(text("now"))
        await trio.testing.wait_all_tasks_blocked()
        assert line.shows == []
        remote.begin([Failure(code="OLD", message=str(number)) for number in range(BATCH + 1)], anew=True)
        for _ in range(4):
            line.may_take.release()
            await trio.testing.wait_all_tasks_blocked()
        assert [(len(show.records), show.replay, show.anew) for show in line.shows] == [
            (BATCH, True, True), (1, True, False), (1, False, False),
        ]  # fmt: skip


async def test_a_front_end_that_takes_nothing_costs_bounded_memory_and_is_drawn_anew():
    async with running() as (remote, line, renewed):
        for _ in range(100):
            remote.show(text("x" * (MOST_TEXT // 50)))
        assert sum(len(piece) for piece in remote._joined) <= MOST_TEXT + MOST_TEXT // 50
        for number in range(MOST_PENDING + 1):
            remote.show(Failure(code="C", message=str(number)))
        assert renewed == [remote]
        remote.forget()
        assert not remote._pending
        remote.begin([Failure(code="WHOLE", message="")], anew=True)
        for _ in range(3):
            line.may_take.release()
            await trio.testing.wait_all_tasks_blocked()
        assert line.shows[-1].anew or line.shows[-2].anew


async def test_a_question_outlives_the_front_end_that_died():
    async with running() as (remote, _, _):
        with trio.move_on_after(0.05) as waited:
            await remote.ask(Question(question="q", text="?"))
        assert waited.cancelled_caught
