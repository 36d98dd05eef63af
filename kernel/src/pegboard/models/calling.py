"""Every model call of a session goes through here: chosen, agreed to, held against the budget, made, accounted for.

Where no plugin takes part in that, the call is made at once. Who sends what, and what becomes of the answer, is the
caller's matter.
"""

import itertools
import time
from collections.abc import Awaitable, Callable
from typing import Final

import trio
from msgspec import Struct
from msgspec.structs import replace

from pegboard.hooks import HookRunner
from pegboard.models.consent import Consent
from pegboard.models.providers import Target
from pegboard.session import Session
from pegboard_sdk.errors import Effect, OverBudget, PegboardError
from pegboard_sdk.wire.methods import ModelReply
from pegboard_sdk.wire.modelling import Ask, Choice, Failed, Paid, Planned, Price, cost_of
from pegboard_sdk.wire.records import Message, Spent, Text, Usage

MOST_ATTEMPTS: Final = 8
LONGEST_WAIT_S: Final = 120.0
BOOKING_S: Final = 5.0
"""So long the books may take to hear of a call, also when everything else was cancelled."""

OUTPUT_CAPS: Final = ("max_completion_tokens", "max_output_tokens", "max_tokens")


class Spending(Struct):
    """What a run has spent, calls beside the conversation included. `cost` is None until a price is known."""

    limit: float | None = None
    usage: Usage = Usage()
    cost: float | None = None

    def add(self, usage: Usage, cost: float | None) -> None:
        self.usage += usage
        if cost is not None and usage != Usage():
            self.cost = (self.cost or 0.0) + cost


class Need(Struct, frozen=True):
    """A call that somebody wants made. `send` makes one attempt; `shown` is what the model has said in it by now."""

    ask: Ask
    target: Target
    send: Callable[[Target], Awaitable[ModelReply]]
    shown: Callable[[], str] = str


class Calls:
    """The model calls of one session. `target_of` finds a model by its name and raises NotFound."""

    def __init__(
        self, session: Session, hooks: HookRunner, target_of: Callable[[str], Target], consent: Consent
    ) -> None:
        self.spending = Spending()
        self.target_of = target_of
        self._session = session
        self._hooks = hooks
        self._consent = consent
        self._numbers = itertools.count(1)

    async def make(self, need: Need) -> tuple[ModelReply, Target]:
        """The answer with what it took, and which model gave it.

        Raises the last one's error, OverBudget, or PermissionDenied where the user does not want that provider asked.
        """
        failures: tuple[Failed, ...] = ()
        failure: PegboardError | None = None
        while True:
            choice = await self._choice(need.ask, failures, failure)
            target = need.target
            try:
                target = self._chosen(need.target, choice)
                await self._consent.check(target, choice.reason)
                if choice.wait_ms > 0:
                    await trio.sleep(min(choice.wait_ms / 1000, LONGEST_WAIT_S))
                return await self._attempt(need, target, choice.price, len(failures) + 1)
            except OverBudget:
                raise
            except PegboardError as error:
                if not self._hooks.has("route") or need.shown() or len(failures) + 1 >= MOST_ATTEMPTS:
                    raise
                failure = error
                name = target.name if target is not need.target else choice.model or target.name
                known = Failed(model=name, provider=target.plugin, code=error.code, message=error.message)
                failures = (*failures, replace(known, retry_ms=error.retry_ms))

    async def reserve(self, ask: Ask, target: Target, tokens: int) -> tuple[Planned, Target]:
        """Choose, agree and hold `tokens` against the budget, as `make` does, for what is sent now and answered another
        day: `book` ends it. Raises OverBudget, PermissionDenied."""
        choice = await self._choice(ask, (), None)
        target = self._chosen(target, choice)
        await self._consent.check(target, choice.reason)
        planned = replace(self._planned(ask, target, choice.price), tokens=tokens)
        await self._within_budget(planned)
        return planned, target

    async def _choice(self, ask: Ask, failures: tuple[Failed, ...], failure: PegboardError | None) -> Choice:
        """What the plugins say. Raises `failure` when they know nothing better."""
        choice: Choice | None = None
        if self._hooks.has("route"):
            arguments = {"session": self._session.id, "ask": replace(ask, failures=failures)}
            choice = await self._hooks.first("route", arguments)
        if choice is None and failure is not None:
            raise failure
        return choice or Choice()

    def _chosen(self, target: Target, choice: Choice) -> Target:
        chosen = self.target_of(choice.model) if choice.model and choice.model != target.name else target
        if not choice.effort and not choice.params and chosen is target:
            return target
        return replace(chosen, effort=choice.effort or target.effort, params=chosen.params | choice.params)

    async def _attempt(
        self, need: Need, target: Target, price: Price | None, attempt: int
    ) -> tuple[ModelReply, Target]:
        planned = self._planned(need.ask, target, price)
        await self._within_budget(planned)
        started = time.monotonic()
        usage, outcome = Usage(), "CANCELLED"
        cost: float | None = 0.0
        try:
            reply = await need.send(target)
            usage = reply.usage or self._estimated(need, _text_of(reply.message))
            cost = reply.cost if reply.cost is not None else cost_of(price, usage)
            outcome = "ok"
        except BaseException as error:
            outcome = error.code if isinstance(error, PegboardError) else outcome
            if need.shown() or not isinstance(error, PegboardError) or error.effect is not Effect.NONE:
                usage = self._estimated(need, need.shown())
                cost = cost_of(price, usage)
            raise
        finally:
            taken = round((time.monotonic() - started) * 1000)
            paid = Paid(planned=planned, usage=usage, cost=cost, outcome=outcome, attempt=attempt, duration_ms=taken)
            await self.book(paid)
        return replace(reply, usage=usage, cost=cost), target

    def _planned(self, ask: Ask, target: Target, price: Price | None) -> Planned:
        caps = [target.params[name] for name in OUTPUT_CAPS if isinstance(target.params.get(name), int)]
        return Planned(
            call=f"{self._session.id}/{next(self._numbers)}",
            model=target.name,
            provider=target.plugin,
            purpose=ask.purpose,
            plugin=ask.plugin,
            workspace=self._session.workspace,
            tokens=ask.tokens,
            most_output=min(caps, default=0),
            batch=ask.batch,
            price=price,
            spent=self.spending.cost or 0.0,
            limit=self.spending.limit,
        )

    async def _within_budget(self, planned: Planned) -> None:
        if not self._hooks.has("before_model"):
            return
        refusal = await self._hooks.first("before_model", {"session": self._session.id, "planned": planned})
        if refusal:
            raise OverBudget(str(refusal))

    async def book(self, paid: Paid) -> None:
        """Add a call to the run's account, to the journal where no message will have it, and to the plugins' books."""
        self.spending.add(paid.usage, paid.cost)
        call, usage, cost, outcome = paid.planned, paid.usage, paid.cost, paid.outcome
        if call.plugin or (outcome != "ok" and usage != Usage()):
            spent = Spent(model=call.model, usage=usage, cost=cost, plugin=call.plugin, purpose=call.purpose)
            self._session.record(replace(spent, outcome=outcome))
        if self._hooks.has("after_model"):
            with trio.move_on_after(BOOKING_S, shield=True):
                await self._hooks.notify("after_model", {"session": self._session.id, "paid": paid})

    def _estimated(self, need: Need, said: str) -> Usage:
        estimator = self._session.transcript.estimator
        return Usage(input=need.ask.tokens, output=estimator.estimate(len(said.encode())), estimated=True)


def _text_of(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Text))
