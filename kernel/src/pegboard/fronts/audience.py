"""Front-ends: who is shown what happens in a session, and who is asked. The kernel knows no terminal, only these."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, runtime_checkable

import trio

from pegboard_sdk.wire.records import Answer, AnyRecord, Question


class FrontEnd(Protocol):
    """Whatever sits in front of a session: a terminal, a stream of JSON, a phone."""

    def show(self, record: AnyRecord) -> None:
        """Take one record of the session. Must not block: what is slow keeps a bounded queue of its own."""

    async def ask(self, question: Question) -> Answer | None:
        """Ask the person; None when this front-end cannot ask anyone."""


@runtime_checkable
class Attentive(FrontEnd, Protocol):
    """A front-end that draws a session: what was before it came, and how it stands. It begins with nothing."""

    def forget(self) -> None:
        """Drop what waits to be shown, and let what comes wait for `begin`."""

    def begin(self, history: Sequence[AnyRecord], *, anew: bool = False) -> None:
        """Show this first, and then what was shown since it was attached; `anew` in place of what was drawn so far."""

    def stir(self) -> None:
        """The session's status may have changed."""


class Vacancy:
    """In the place of a front-end that is about to come: it shows nothing, and lets questions wait."""

    def show(self, record: AnyRecord) -> None:
        """Nobody sees it; it is in the journal."""

    async def ask(self, question: Question) -> Answer | None:
        """Until it is detached."""
        await trio.sleep_forever()


class Audience:
    """The front-ends of a conversation. A question goes to all, one at a time; the first answer counts."""

    def __init__(self) -> None:
        self._fronts: list[FrontEnd] = []
        self.attentive: list[Attentive] = []  # to ask a protocol takes longer than to stir
        self._asking = trio.Lock()
        self._open: tuple[Question, trio.Nursery, list[Answer]] | None = None
        self._asked: dict[int, trio.CancelScope] = {}

    def __iter__(self) -> Iterator[FrontEnd]:
        return iter(tuple(self._fronts))

    def attach(self, front: FrontEnd) -> None:
        """Show it everything from now on, and ask it what is open."""
        self._fronts.append(front)
        if isinstance(front, Attentive):
            self.attentive.append(front)
        if self._open is not None:
            self._open[1].start_soon(self._ask_one, front)

    def detach(self, front: FrontEnd) -> None:
        """Show it nothing more; what it is asked is withdrawn."""
        self._fronts.remove(front)
        self.attentive = [each for each in self.attentive if each is not front]
        if scope := self._asked.get(id(front)):
            scope.cancel()

    @contextmanager
    def vacant(self) -> Iterator[None]:
        """Inside, another front-end is on its way: questions wait for it."""
        place = Vacancy()
        self.attach(place)
        try:
            yield
        finally:
            self.detach(place)

    def show(self, record: AnyRecord) -> None:
        """Hand a record to every front-end."""
        for front in self._fronts:
            front.show(record)

    def stir(self) -> None:
        """The status may have changed."""
        for front in self.attentive:
            front.stir()

    async def ask(self, question: Question) -> Answer | None:
        """The first answer of anyone; None when nobody can answer. The other front-ends' questions are withdrawn."""
        answers: list[Answer] = []
        async with self._asking:
            try:
                async with trio.open_nursery() as nursery:
                    self._open = (question, nursery, answers)
                    for front in self._fronts:
                        nursery.start_soon(self._ask_one, front)
            finally:
                self._open = None
        return answers[0] if answers else None

    async def _ask_one(self, front: FrontEnd) -> None:
        assert self._open is not None
        question, nursery, answers = self._open
        with trio.CancelScope() as self._asked[id(front)]:
            answer = await front.ask(question)
            if answer is not None:
                answers.append(answer)
                nursery.cancel_scope.cancel()
        self._asked.pop(id(front), None)
