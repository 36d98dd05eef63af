"""Makes room where a conversation grows too long for its model: plugins plan, the kernel holds the plan to the rules.

Asked before a request that fills most of the context, when a provider says that it is too long, and by a person.
"""

from typing import Final

from msgspec.structs import replace

from pegboard.hooks import HookRunner
from pegboard.models.asking import Model
from pegboard.session import Session
from pegboard.toolbox import Toolbox
from pegboard.transcript.compaction import shown
from pegboard.transcript.tokens import size_of
from pegboard_sdk.errors import TooLarge
from pegboard_sdk.wire.compacting import Wanted, fault, kept, turns_of
from pegboard_sdk.wire.methods import ModelReply

FULL: Final = 0.8
"""So much of the context may be used: of the model's or, where a provider refused, of what there was."""
STEP: Final = 0.1
"""After an attempt nobody is asked again before so much of the context was added; above both it cannot wait."""
NOBODY: Final = "nobody here shortens conversations; to have it done: peg plugin install pegboard-compact"


class Compacting:
    """For one session. `ask` is the model's own, with room made for it."""

    def __init__(self, session: Session, model: Model, hooks: HookRunner, toolbox: Toolbox) -> None:
        self._session, self.model, self.hooks = session, model, hooks
        self._tools = {name: tool.entry for name, tool in toolbox.tools.items()}
        self.quiet = 0.0
        """Up to so many tokens nothing is done unless somebody asks."""

    async def ask(self, turn: int) -> ModelReply:
        """See `Model.ask`. When it was too long and could be shortened, it is asked once more."""
        context = self.model.target.context
        if context and (used := self.model.tokens) > max(self.quiet, FULL * context):
            await self.shorten(int(FULL * context), "the context is almost full", must=used > (FULL + STEP) * context)
            self.quiet = self.model.tokens + STEP * context if self.hooks.has("compact") else float("inf")
        try:
            return await self.model.ask(turn)
        except TooLarge as error:
            if await self.shorten(int(FULL * self.model.tokens), error.message):
                raise
        return await self.model.ask(turn)

    async def shorten(self, budget: int, reason: str, focus: str = "", *, must: bool = True) -> str:
        """Have the conversation fit into `budget` tokens. Why it does not, which people are told; else empty, also
        where those who plan would rather wait, if that may be."""
        why = await self._shortened(budget, reason, focus, must=must) if self.hooks.has("compact") else NOBODY
        if why:
            self._session.fail("NOTE", why)
        return why

    async def _shortened(self, budget: int, reason: str, focus: str, *, must: bool) -> str:
        session, model, transcript = self._session, self.model, self._session.transcript
        units, context = shown(transcript.units(), dict(transcript.pins())), model.target.context
        turns = turns_of(units, self._tools, lambda entry: transcript.estimator.estimate(size_of(entry)))
        wanted = Wanted(turns=turns, tokens=model.tokens, budget=budget, context=context, focus=focus, reason=reason)
        wanted = replace(wanted, must=must, cached=transcript.account.cached)
        plan = await self.hooks.first("compact", {"session": session.id, "wanted": wanted})
        if plan is None and not must:
            return ""
        if plan is None or (why := fault(wanted, plan)):
            return "the conversation cannot be made shorter" + (f": {why}" if plan else "")
        record, texts = kept(units, plan.record(reason, session.redactor.redact(plan.summary.strip())))
        for data in texts:
            await session.journal.blobs.put(data)
        session.record(record)
        await session.settle()
        return ""
