"""Makes room where a conversation grows too long for its model: plugins plan, the kernel holds the plan to the rules.

Asked before a request that fills most of the context, when a provider says that it is too long, and by a person.
"""

from math import inf
from typing import Final

from pegboard.hooks import HookRunner
from pegboard.models.asking import Model
from pegboard.session import Session
from pegboard.toolbox import Toolbox
from pegboard.transcript.compaction import outputs, turns
from pegboard_sdk.errors import TooLarge
from pegboard_sdk.wire.compacting import Wanted, fault
from pegboard_sdk.wire.methods import ModelReply

FULL: Final = 0.8
"""So much of the context may be used: of the model's or, where a provider refused, of what there was."""
STEP: Final = 0.1
"""After an attempt nobody is asked again before so much of the context was added."""
NOBODY: Final = "nobody here shortens conversations; to have it done: peg plugin install pegboard-compact"


class Compacting:
    """For one session. `ask` is the model's own, with room made for it."""

    def __init__(self, session: Session, model: Model, hooks: HookRunner, toolbox: Toolbox) -> None:
        self._session, self.model, self.hooks = session, model, hooks
        self._tools = {name: tool.entry for name, tool in toolbox.tools.items()}
        self._quiet = 0.0

    async def ask(self, turn: int) -> ModelReply:
        """See `Model.ask`. When it was too long and could be shortened, it is asked once more."""
        context = self.model.target.context
        if context and self.model.tokens > max(self._quiet, FULL * context):
            await self.shorten(int(FULL * context), "the context is almost full")
            self._quiet = self.model.tokens + STEP * context if self.hooks.has("compact") else inf
        try:
            return await self.model.ask(turn)
        except TooLarge as error:
            if await self.shorten(int(FULL * self.model.tokens), error.message):
                raise
        return await self.model.ask(turn)

    async def shorten(self, budget: int, reason: str, focus: str = "") -> str:
        """Have the conversation fit into `budget` tokens. Why it does not, which people are told; else empty."""
        why = await self._shortened(budget, reason, focus) if self.hooks.has("compact") else NOBODY
        if why:
            self._session.fail("NOTE", why)
        return why

    async def _shortened(self, budget: int, reason: str, focus: str) -> str:
        session, model, transcript = self._session, self.model, self._session.transcript
        units, context = transcript.units(), model.target.context
        shown = turns(units, dict(transcript.pins()), self._tools, transcript.estimator)
        wanted = Wanted(turns=shown, tokens=model.tokens, budget=budget, context=context, focus=focus, reason=reason)
        plan = await self.hooks.first("compact", {"session": session.id, "wanted": wanted})
        if plan is None or (why := fault(wanted, plan)):
            return "the conversation cannot be made shorter" + (f": {why}" if plan else "")
        kept = outputs(units, plan.shrunk)
        for data in kept.values():
            await session.journal.blobs.put(data)
        session.record(plan.record(reason, session.redactor.redact(plan.summary.strip()), tuple(kept)))
        await session.settle()
        return ""
