"""From the gate's judgement to a yes or a no: asks a person where the gate asks, and remembers what they said."""

import itertools
from typing import Final

import msgspec
import trio

from pegboard.gate.facts import Facts
from pegboard.gate.judge import judge
from pegboard.gate.place import Place
from pegboard.gate.policy import Policy
from pegboard.gate.remembered import Remembered, Scope
from pegboard.gate.resolve import resolve
from pegboard.gate.verdict import Decision, Verdict
from pegboard.session import Session
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.manifest import ToolEntry
from pegboard_sdk.wire.records import Answer, Question, ToolUse

CHOICES: Final = ("yes", "no", "session", "project", "user")
"""Yes means once; the last three also remember the rule that the question shows."""

_SCOPES: Final = {"session": Scope.SESSION, "project": Scope.PROJECT, "user": Scope.USER}


class Approval:
    """Decides for one session. Questions are asked one at a time, in the order in which the calls came."""

    def __init__(self, session: Session, place: Place, policy: Policy, remembered: Remembered) -> None:
        self.place = place
        self._session = session
        self._policy = policy
        self._remembered = remembered
        self._numbers = itertools.count(1)
        self._one_at_a_time = trio.Lock()

    async def decide(self, use: ToolUse, facts: Facts) -> tuple[Decision, str]:
        """The decision, never ASK, and who answered when a person did.

        Nobody to ask means no, with the rule that would have allowed it.
        """
        decision = judge(self.policy, facts)
        if decision.verdict is not Verdict.ASK:
            return decision, ""
        async with self._one_at_a_time:
            # An answer to the question before may have covered this one too.
            decision = judge(self.policy, facts)
            if decision.verdict is not Verdict.ASK:
                return decision, ""
            return await self._ask(use, facts, decision)

    @property
    def policy(self) -> Policy:
        """What is in force now: the session's policy, and what was answered for longer than once."""
        return self._policy.with_rules(self._remembered.rules())

    def resolve(self, tool: ToolEntry, arguments: JsonObject) -> Facts:
        """What a call names, held open; see `gate.resolve`."""
        return resolve(tool, arguments, self.place, self.policy)

    async def _ask(self, use: ToolUse, facts: Facts, decision: Decision) -> tuple[Decision, str]:
        question = Question(
            question=f"{use.call}/{next(self._numbers)}",
            text=question_text(use, facts, decision),
            choices=CHOICES if decision.remember else CHOICES[:2],
            call=use.call,
            remember=decision.remember,
        )
        self._session.record(question)
        answer = await self._session.audience.ask(question)
        if answer is None:
            hint = f"; --allow '{decision.remember}' would allow it" if decision.remember else ""
            reason = f"{decision.reason}, and there is nobody to ask{hint}"
            return msgspec.structs.replace(decision, verdict=Verdict.DENY, reason=reason), ""
        self._session.record(answer)
        return self._answered(decision, answer), answer.by

    def _answered(self, decision: Decision, answer: Answer) -> Decision:
        if answer.answer in _SCOPES and decision.remember:
            self._remembered.add(decision.remember, _SCOPES[answer.answer])
        elif answer.answer != "yes":
            said = f": {answer.answer}" if answer.answer not in {"no", ""} else ""
            return msgspec.structs.replace(decision, verdict=Verdict.DENY, reason=f"the user said no{said}")
        return msgspec.structs.replace(decision, verdict=Verdict.ALLOW, reason=f"the user said {answer.answer}")


def question_text(use: ToolUse, facts: Facts, decision: Decision) -> str:
    """What is about to happen, exactly: argv one argument a line, paths, effects, and why it is a question."""
    lines = [f"{use.tool} ({', '.join(decision.effects) or 'no effects'}): {decision.reason}"]
    if decision.argv:
        for number, argv in enumerate(decision.argv, 1):
            lines.append(f"command {number} of {len(decision.argv)}, {len(argv)} arguments:")
            lines += [f"  {ascii_quoted(argument)}" for argument in argv]
    else:
        lines += [
            f"{name}: {value if isinstance(value, str) else repr(value)}" for name, value in use.arguments.items()
        ]
    return "\n".join(lines)


def ascii_quoted(argument: str) -> str:
    """An argument as one line in which nothing is hidden: blanks at its ends, line breaks and odd characters show."""
    plain = argument.isprintable() and argument == argument.strip() and argument
    return argument if plain else repr(argument)
