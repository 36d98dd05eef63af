"""The question about one call: its parts, its plain text, and what each answer would cover, in words."""

from typing import Final

from msgspec.structs import replace

from pegboard.gate.facts import Facts
from pegboard.gate.judge import JOINED
from pegboard.gate.verdict import Decision
from pegboard_sdk.wire.asking import covers, programs_of, question_lines, shortened
from pegboard_sdk.wire.editing import Change
from pegboard_sdk.wire.manifest import SubjectKind
from pegboard_sdk.wire.records import Question, ToolUse

CHOICES: Final = ("yes", "no", "session", "project", "user")
"""Yes means once; the last three also remember the rule that the question shows."""
WIDER: Final = {"all-session": "session", "all-project": "project"}
"""Remember the rule for all of this kind instead, where one is offered."""


def question_of(
    number: int, use: ToolUse, facts: Facts, decision: Decision, change: Change, *, wider: str = ""
) -> Question:
    """The question with its plain text, in which the middle of a long one is hidden. `use` has its hash and room."""
    programs = tuple(program for plan in facts.plans.values() for program in programs_of(plan))
    script = "\n".join(plan.script for plan in facts.plans.values() if not plan.pipelines)
    commands = {subject.param for subject in facts.tool.subjects if subject.kind is SubjectKind.COMMAND}
    shown = change.shows | (commands if programs or script else set())
    question = Question(
        question=f"{use.call}/{number}",
        text="",
        choices=(*(CHOICES if decision.remember else CHOICES[:2]), *(WIDER if wider else ())),
        call=use.call,
        remember=decision.remember,
        wider=wider,
        covers=covers(decision.remember.split(JOINED) if decision.remember else ())
        | {choice: f"{wider}: {covers([wider])[its]}" for choice, its in WIDER.items() if wider},
        tool=use.tool,
        reason=decision.reason,
        effects=decision.effects,
        programs=programs,
        script=script,
        diff=change.diff,
        arguments={name: value for name, value in use.arguments.items() if name not in shown},
        room=use.room,
        sha256=use.sha256,
    )
    return replace(question, text="\n".join(shortened(question_lines(question))))
