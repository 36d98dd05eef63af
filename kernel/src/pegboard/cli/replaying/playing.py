"""A session that runs again: the recorded model, one turn after the other, and real tools behind the real gate."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from pegboard.agent import Agent
from pegboard.cli.holding import Holding
from pegboard.cli.replaying.recorded import Played, Row
from pegboard.compacting import Compacting
from pegboard.fronts.waiting import Waiting
from pegboard.session import Limits
from pegboard_sdk.wire.methods import ModelReply
from pegboard_sdk.wire.records import Answer, AnyRecord, Closed, Delta, Ending, Failure, Message, Question
from pegboard_sdk.wire.replaying import TURN

MODEL: Final = "replay/recording"

Pause = Callable[[Message], Awaitable[bool]]
"""Awaited before each turn with what comes next; whether to go on."""


class Stopped(Exception):
    """The person does not want to see more."""


class Steering(Waiting):
    """What a user threw in while the run was on its way, behind the turns behind which it was."""

    def __init__(self, played: Played) -> None:
        super().__init__()
        self._behind = list(played.steering)

    @property
    def is_steering(self) -> bool:
        """As long as there are more turns, since the record's run went on as well."""
        return len(self._behind) > 1

    def steer(self) -> Sequence[Message]:
        """What was said behind the turn that just ended."""
        return self._behind.pop(0)


class Recital(Compacting):
    """Hands each turn over with the request for it. Nothing is shortened: what was recorded had its own length."""

    def __init__(self, agent: Agent, turns: Sequence[Message], pause: Pause | None) -> None:
        super().__init__(agent.session, agent.model, agent.room.hooks, agent.dispatcher.toolbox)
        self._turns: Iterator[Message] = iter(turns)
        self._pause = pause

    async def ask(self, turn: int) -> ModelReply:
        """The next recorded turn, as the provider says it. Raises Stopped."""
        message = next(self._turns)
        if self._pause is not None and not await self._pause(message):
            raise Stopped
        target = self.model.target
        params = {**target.params, TURN: msgspec.to_builtins(message)}
        self.model.target = msgspec.structs.replace(target, params=params)
        return await self.model.ask(turn)


class Collecting:
    """A front-end that keeps what happens, as a journal would, and answers nobody."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def show(self, record: AnyRecord) -> None:
        """Keep it with its time."""
        if not isinstance(record, Delta):
            self.rows.append(Row(time=datetime.now(UTC).isoformat(), record=record))

    async def ask(self, question: Question) -> Answer | None:
        """Nobody is there."""
        return None


async def play(holding: Holding, played: Sequence[Played], *, pause: Pause | None = None) -> Closed | None:
    """Take the runs through, one after the other, up to one that is interrupted; one that fails may have failed when it
    was recorded. How the last one ended; None when a person left."""
    agent, closed = holding.conversation.agent, None
    for one in played:
        # The record says where a run ended, also where a person or a limit cut it off.
        agent.limits = Limits(turns=len(one.turns))
        agent.room = Recital(agent, one.turns, pause)
        try:
            closed = await agent.prompt(one.prompt, Steering(one))
        except Stopped:
            return None
        if closed.end is Ending.INTERRUPTED:
            break
    return closed


def is_own_end(record: AnyRecord) -> bool:
    """Whether it only says that the record ended here, which is no news to who plays it."""
    return isinstance(record, Failure) and record.code == "LIMIT"
