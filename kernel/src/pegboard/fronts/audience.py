"""Front-ends: who is shown what happens in a session, and who is asked. The kernel knows no terminal, only these."""

from typing import Protocol

import trio

from pegboard_sdk.wire.records import Answer, AnyRecord, Question


class FrontEnd(Protocol):
    """Whatever sits in front of a session: a terminal, a stream of JSON, a phone."""

    def show(self, record: AnyRecord) -> None:
        """Take one record of the session. Must not block: what is slow keeps a bounded queue of its own."""

    async def ask(self, question: Question) -> Answer | None:
        """Ask the person; None when this front-end cannot ask anyone."""


class Audience:
    """The front-ends of one session. A question goes to all, one at a time; the first answer counts."""

    def __init__(self) -> None:
        self._fronts: list[FrontEnd] = []
        self._asking = trio.Lock()

    def attach(self, front: FrontEnd) -> None:
        """Show it everything from now on."""
        self._fronts.append(front)

    def detach(self, front: FrontEnd) -> None:
        """Show it nothing more."""
        self._fronts.remove(front)

    def show(self, record: AnyRecord) -> None:
        """Hand a record to every front-end."""
        for front in self._fronts:
            front.show(record)

    async def ask(self, question: Question) -> Answer | None:
        """The first answer of anyone; None when nobody can answer. The other front-ends' questions are cancelled."""
        answers: list[Answer] = []

        async def ask_one(front: FrontEnd) -> None:
            answer = await front.ask(question)
            if answer is not None:
                answers.append(answer)
                nursery.cancel_scope.cancel()

        async with self._asking, trio.open_nursery() as nursery:
            for front in self._fronts:
                nursery.start_soon(ask_one, front)
        return answers[0] if answers else None
