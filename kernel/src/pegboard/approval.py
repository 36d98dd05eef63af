"""From the gate's judgement to a yes or a no: asks a person where the gate asks, and remembers what they said."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import trio
from msgspec.structs import replace

from pegboard.audit.call import Identity, Premises, call_sha256, room_of
from pegboard.audit.preview import preview
from pegboard.audit.question import WIDER, question_of
from pegboard.gate.facts import Facts
from pegboard.gate.judge import judge
from pegboard.gate.path import Sensitivity
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.remembered import Remembered, Scope
from pegboard.gate.resolve import resolve
from pegboard.gate.verdict import Decision, Verdict
from pegboard.routing import clocks_stopped
from pegboard.session import Session
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import ToolEntry
from pegboard_sdk.wire.methods import Plan
from pegboard_sdk.wire.records import Answer, Question, ToolUse

_SCOPES: Final = {"yes": Scope.ONCE} | {scope.value: scope for scope in Scope} | {w: Scope(s) for w, s in WIDER.items()}
ENOUGH: Final = 3
"""So many questions of a kind answered yes offer one rule for it."""
KindOf = Callable[[Facts], str]


class Approval:
    """Decides for one session. Questions are asked one at a time, in the order in which the calls came."""

    def __init__(
        self, session: Session, place: Place, policy: Policy, remembered: Remembered, premises: Premises | None = None,
        *, kind_of: KindOf = lambda facts: "",
    ) -> None:  # fmt: skip
        self.place = place
        self._session = session
        self.given = policy
        """What the session is held under; changes only when a person says so."""
        self.remembered = remembered
        self._premises = replace(premises or Premises(), cwd=place.root_path)
        self._numbers = itertools.count(1)
        self._kind_of, self._agreed = kind_of, Counter[str]()
        self._one_at_a_time = trio.Lock()

    async def decide(self, use: ToolUse, facts: Facts) -> ToolUse:
        """The use with what was decided, "allow" or "deny", on what grounds, by whom, and the hash of the call.

        Nobody to ask means no, with the rule that would have allowed it. While a person is asked, or waits to be, the
        clocks of the calls around this one stand still.
        """
        began = time.perf_counter()
        use, decision = self._judged(use, facts)
        by = use.answered_by
        if by and decision.verdict is Verdict.ASK:
            decision = _ordered(decision, facts, by)
        if decision.verdict is Verdict.ASK:
            with clocks_stopped():
                async with self._one_at_a_time:
                    # An answer to the question before may have covered this one too.
                    use, decision = self._judged(use, facts)
                    if decision.verdict is Verdict.ASK:
                        decision, by = await self._ask(use, facts, decision)
        return replace(
            use,
            decision="allow" if decision.verdict is Verdict.ALLOW else "deny",
            rule=decision.rule,
            reason=decision.reason,
            effects=decision.effects,
            argv=decision.argv,
            answered_by=by,
            tier=self._premises.tier_of(use.plugin),
            latency_us=round((time.perf_counter() - began) * 1e6),
        )

    @property
    def policy(self) -> Policy:
        """What is in force now: the session's policy, and what was answered for longer than once."""
        return self.given.with_rules(self.remembered.rules())

    def resolve(self, tool: ToolEntry, arguments: JsonObject) -> Facts:
        """What a call names, held open; see `gate.resolve`."""
        return resolve(tool, arguments, self.place, self.policy)

    def sha256(self, use: ToolUse, plans: Mapping[str, Plan], files: Mapping[str, Identity]) -> str:
        """The hash of a call as it would run now."""
        return call_sha256(use, plans, files, self._premises)

    def _judged(self, use: ToolUse, facts: Facts) -> tuple[ToolUse, Decision]:
        policy = self.policy
        decision = judge(policy, facts)
        if facts.commands:
            use = replace(use, room=room_of(decision, confined=policy.sandbox))
        files = {key: (path.shown, path.device, path.inode) for key, path in facts.paths.items()}
        return replace(use, sha256=self.sha256(use, facts.plans, files)), decision

    async def _ask(self, use: ToolUse, facts: Facts, decision: Decision) -> tuple[Decision, str]:
        change = preview(facts, use.arguments)
        kind = self._kind_of(facts) if decision.remember else ""
        wider = kind if self._agreed[kind] >= ENOUGH else ""
        question = self._session.record(question_of(next(self._numbers), use, facts, decision, change, wider=wider))
        answer = await self._session.audience.ask(question)
        if answer is None:
            hint = f"; --allow '{decision.remember}' would allow it" if decision.remember else ""
            return _denied(decision, f"{decision.reason}, and there is nobody to ask{hint}"), ""
        self._session.record(answer)
        decided = self._answered(question, answer, decision)
        self._agreed[kind] += bool(kind) and decided.verdict is Verdict.ALLOW
        if decided.verdict is Verdict.ALLOW and preview(facts, use.arguments) != change:
            return _denied(decision, "the file changed while the question was open, so another change was shown"), ""
        return decided, answer.by

    def _answered(self, question: Question, answer: Answer, decision: Decision) -> Decision:
        scope = _SCOPES.get(answer.answer)
        remember = question.wider if answer.answer in WIDER else decision.remember
        if scope is None or (scope is not Scope.ONCE and not remember):
            said = f": {answer.answer}" if answer.answer not in {"no", ""} else ""
            return _denied(decision, f"the user said no{said}")
        if answer.sha256 != question.sha256:
            return _denied(decision, "the answer does not carry the hash of the call that was shown")
        self.remembered.add(remember, scope)
        return replace(decision, verdict=Verdict.ALLOW, reason=f"the user said {answer.answer}")


def _ordered(decision: Decision, facts: Facts, by: str) -> Decision:
    """What would be asked, ordered by a person: yes, but for files whose name says that they are judged specially."""
    if any(path.trouble or path.sensitivity is not Sensitivity.ORDINARY for path in facts.paths.values()):
        hint = f"; a rule would allow it: {decision.remember}" if decision.remember else ""
        return _denied(decision, f"{decision.reason}, and an order does not say so{hint}")
    return replace(decision, verdict=Verdict.ALLOW, reason=f"ordered by the {by}")


def _denied(decision: Decision, why: str) -> Decision:
    return replace(decision, verdict=Verdict.DENY, reason=why)
