"""Between the session's threads and the screen's loop: shows and questions come in, what a person does goes out."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.fronting import Show
from pegboard_sdk.wire.records import Answer, Question

T = TypeVar("T")


class Asked:
    """A question that waits for a person. `answer` may be called more than once; the first counts."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.answered: Future[Answer | None] = Future()

    def answer(self, answer: Answer | None) -> None:
        """Say it; None: nobody answers here."""
        if not self.answered.done():
            self.answered.set_result(answer)


class Arrival:
    """A show on its way to the screen."""

    def __init__(self, show: Show) -> None:
        self.show = show
        self.drawn = threading.Event()


class Inbox:
    """What the session says, until the loop takes it. A show's sender waits until it was drawn: so the screen sets the
    pace, and what happens meanwhile comes joined."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._arrived = asyncio.Event()
        self._shows: deque[Arrival] = deque()
        self._closed = False
        self.asked: deque[Asked] = deque()

    def show(self, show: Show) -> None:
        """From any thread; returns when it was drawn."""
        arrival = Arrival(show)
        self._shows.append(arrival)
        self._wake()
        while not self._closed and not arrival.drawn.wait(0.5):
            pass

    def ask(self, question: Question) -> Answer | None:
        """From any thread; returns with the answer."""
        asked = Asked(question)
        self.asked.append(asked)
        self._wake()
        if self._closed:
            asked.answer(None)
        return asked.answered.result()

    def withdraw(self, question: Question) -> None:
        """From any thread: somebody else answered."""
        for asked in list(self.asked):
            if asked.question.question == question.question:
                asked.answer(None)
        self._wake()

    async def next(self) -> Arrival | None:
        """The next show; None when there are new questions alone."""
        await self._arrived.wait()
        if self._shows:
            return self._shows.popleft()
        self._arrived.clear()
        return None

    def close(self) -> None:
        """Nobody draws any more: let every thread go."""
        self._closed = True
        for asked in self.asked:
            asked.answer(None)

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._arrived.set)


async def in_thread(call: Callable[[], T]) -> T:
    """The result of a call that blocks. Cancelled, or at the end of the program, it is left to itself."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(settled: Callable[[], None]) -> None:
        if not future.done():
            settled()

    def run() -> None:
        try:
            result = call()
        except PegboardError as error:
            _later(loop, lambda failed=error: settle(lambda: future.set_exception(failed)))  # type: ignore[misc]
        else:
            _later(loop, lambda: settle(lambda: future.set_result(result)))

    threading.Thread(target=run, daemon=True).start()
    return await future


def _later(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
