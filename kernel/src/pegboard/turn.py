"""The loop: ask the model, run what it wants, until it wants nothing, a limit is hit or the user interrupts."""

import time
from collections.abc import Sequence
from typing import Final

import trio

from pegboard.compacting import Compacting
from pegboard.dispatch import Dispatcher
from pegboard.fronts.waiting import Waiting
from pegboard.journal import JournalFailed
from pegboard.models.asking import refusal
from pegboard.session import Limits, Session
from pegboard_sdk.errors import OverBudget, PegboardError
from pegboard_sdk.wire.records import Closed, Ending, Message, Outcome, Text, ToolCall, ToolResult

SAME_CALL_LIMIT: Final = 8
"""So many times the same call with the same result, one after another, and the run is stopped as going in circles."""


class Run:
    """One run: from a user's message to its end. `room` (it asks the model) and `dispatcher` belong to the session."""

    def __init__(self, session: Session, room: Compacting, dispatcher: Dispatcher, limits: Limits) -> None:
        self.failure: PegboardError | None = None
        """What ended the run, where something went wrong."""
        self._session = session
        self._room = room
        self._dispatcher = dispatcher
        self._hooks = room.hooks
        self._limits = limits
        self._started = time.monotonic()
        self._turns = 0
        self._spent = room.model.begin(limits.budget)
        self._result = ""
        self._denied = False
        self._repeats: list[tuple[str, str]] = []

    async def run(self, message: Message, waiting: Waiting) -> Closed:
        """Take a user's message through to the end. The session is on disk, and one that providers accept, on return.

        What is `waiting` to steer goes in behind each turn, and the model is asked again.
        Raises nothing for what a model or a tool did; cancellation from outside is recorded and goes on.
        """
        end = Ending.INTERRUPTED
        try:
            with self._session.interruptible():
                end = await self._to_the_end(message, waiting)
        except OverBudget as error:
            self._session.fail(error.code, error.message)
            self._turns -= 1
            end = Ending.LIMIT_BUDGET
        except PegboardError as error:
            end = self._failed(error)
        except OSError as error:
            # Of all that a run does, only keeping its journal and blobs touches a disk.
            end = self._failed(JournalFailed(f"{self._session.journal.folder}: {error.strerror}"))
        finally:
            self._session.idle()
            closed = self._closed(end)
            self._session.record(closed)
            with trio.CancelScope(shield=True):
                await self._session.settle()
                await self._announce(closed)
        return closed

    async def _to_the_end(self, message: Message, waiting: Waiting) -> Ending:
        await self._take(message)
        while True:
            self._turns += 1
            reply = await self._room.ask(self._turns)
            self._result = _text_of(reply.message) or self._result
            calls = [part for part in reply.message.parts if isinstance(part, ToolCall)]
            cut = refusal(reply)
            if cut is not None:
                self._dispatcher.decline(calls, self._turns, f"not run: {cut.message}")
                raise cut
            if not calls and not waiting.is_steering:
                return Ending.DENIED if self._denied else Ending.DONE
            stop = self._over_a_limit() if not calls else await self._run_tools(calls)
            if stop is not None:
                return stop
            for steering in waiting.steer():
                await self._take(steering)

    async def _run_tools(self, calls: Sequence[ToolCall]) -> Ending | None:
        results = await self._dispatcher.run_all(calls, self._turns)
        outcomes = {result.outcome for result in results}
        # See ADR 0004: what failed after a denial does not make up for it.
        self._denied = Outcome.OK not in outcomes and (self._denied or Outcome.DENIED in outcomes)
        return self._over_a_limit() or self._in_circles(calls, results)

    async def _take(self, message: Message) -> None:
        """The user's message enters the transcript and stays there."""
        if self._hooks.has("prompt"):
            message = await self._hooks.chain("prompt", "message", {"session": self._session.id, "message": message})
        self._session.record(message)
        await self._session.settle()

    def _failed(self, error: PegboardError) -> Ending:
        self.failure = error
        self._session.fail(error.code, error.message)
        return Ending.ERROR

    def _over_a_limit(self) -> Ending | None:
        limits = self._limits
        if limits.turns and self._turns >= limits.turns:
            self._session.fail("LIMIT", f"stopped after {self._turns} turns, the limit that was set")
            return Ending.LIMIT_TURNS
        cost, spent = self._spent.cost, self._spent.usage.input + self._spent.usage.output
        over = [
            (limits.tokens and spent >= limits.tokens, f"{spent} tokens"),
            (limits.seconds and time.monotonic() - self._started >= limits.seconds, f"{limits.seconds:g} s"),
            (limits.budget is not None and (cost or 0.0) >= limits.budget, f"a cost of {cost}"),
        ]
        for reached, what in over:
            if reached:
                self._session.fail("LIMIT", f"stopped after {what}, the limit that was set")
                return Ending.LIMIT_BUDGET
        return None

    def _in_circles(self, calls: Sequence[ToolCall], results: Sequence[ToolResult]) -> Ending | None:
        made = (repr([(call.tool, call.arguments) for call in calls]), repr([result.parts for result in results]))
        self._repeats = [*self._repeats, made] if self._repeats[-1:] == [made] else [made]
        if len(self._repeats) < SAME_CALL_LIMIT:
            return None
        names = ", ".join(call.tool for call in calls)
        self._session.fail("LOOP", f"stopped: {names} was called {SAME_CALL_LIMIT} times in a row with the same result")
        return Ending.ERROR

    def _closed(self, end: Ending) -> Closed:
        return Closed(
            end=end,
            turns=self._turns,
            result=self._result,
            usage=self._spent.usage,
            cost=self._spent.cost,
            denials=tuple(self._dispatcher.denials),
            session=self._session.id,
        )

    async def _announce(self, closed: Closed) -> None:
        if self._hooks.has("session_end"):
            await self._hooks.notify("session_end", {"session": self._session.id, "closed": closed})


def _text_of(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Text))
