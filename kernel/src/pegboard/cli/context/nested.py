"""What a subfolder says, when the agent first touches a file there: added to that call's result, if somebody trusts it.

The addition is part of the result's record, so what a model is sent is in the journal like everything else.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import trio

from pegboard.cli.context.consent import Consent
from pegboard.cli.context.instructions import told_below
from pegboard.gate.names import DEPENDENCIES
from pegboard.models.prompt import MARK
from pegboard.obeyed import INSTRUCTIONS, Obeyed, speaking
from pegboard.policy import Standing, Trust
from pegboard.routing import clocks_stopped
from pegboard.session import Session
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.records import Question, Text, ToolResult
from pegboard_sdk.wire.visible import visible

CHOICES: Final = ("yes", "no", "once")


class Nested:
    """Of one session. Called with each result and the judged paths of the files of its call."""

    def __init__(self, workspace: Path, trust: Trust, consent: Consent) -> None:
        self._workspace, self._trust, self._consent = workspace, trust, consent
        self._said: set[str] = set()
        self._silent: set[str] = set()
        """Folders that have nothing to say, or to which somebody said no."""
        self._generation = -1
        self._one_at_a_time = trio.Lock()

    async def __call__(self, session: Session, result: ToolResult, paths: tuple[str, ...]) -> ToolResult:
        """The result with what the folders of `paths` say, each once as long as the transcript holds it."""
        result = _without_marks(result)
        if self._consent is Consent.NEVER:
            return result
        async with self._one_at_a_time:
            self._recall(session)
            added: list[Text] = []
            for folder in folders_of(paths):
                if folder not in self._said | self._silent:
                    said = await self._of(folder, session, result.call)
                    (self._said if said else self._silent).add(folder)
                    added += said
        return msgspec.structs.replace(result, parts=(*result.parts, *added)) if added else result

    def _recall(self, session: Session) -> None:
        """What was said and has left the transcript since is said again; what an earlier process said stands there."""
        transcript = session.transcript
        if transcript.generation != self._generation:
            self._generation = transcript.generation
            results = [entry for entry in transcript.entries() if isinstance(entry, ToolResult)]
            texts = [part.text for one in results for part in one.parts if isinstance(part, Text)]
            self._said = {text[len(MARK) + 1 : text.index("⟧")] for text in texts if text.startswith(MARK)}

    async def _of(self, folder: str, session: Session, call: str) -> list[Text]:
        names = _speaking_in(self._workspace, folder)
        if not names:
            return []
        try:
            obeyed = await self._obeyed(names, session, call)
        except (PegboardError, OSError) as error:
            session.fail("NOTE", f"{', '.join(names)} is not obeyed: {error}")
            return []
        told = told_below(obeyed, names)
        for note in told.notes:
            session.fail("NOTE", note)
        said = "\n\n".join(part.text for part in told.parts)
        return [Text(text=f"{MARK} {folder}⟧\n{said}")] if said else []

    async def _obeyed(self, names: list[str], session: Session, call: str) -> Obeyed:
        trust, workspace = self._trust, self._workspace
        if self._consent is Consent.GIVEN:
            return trust.once(workspace, names)
        view = trust.nested(workspace, names)
        if view.standing is Standing.TRUSTED:
            return view.obeyed
        forbidden = trust.forbidden(workspace)
        said = (
            "" if forbidden else await self._asked(view.notes or tuple(f"new: {name}" for name in names), session, call)
        )
        if said == "yes":
            return trust.accept_nested(workspace, names)
        if said == "once":
            return trust.once(workspace, names)
        if not said:
            advice = forbidden or "`peg trust` trusts it"
            session.fail("NOTE", f"{', '.join(names)} is not trusted as it is now, so it is ignored; {advice}")
        return Obeyed()

    async def _asked(self, notes: tuple[str, ...], session: Session, call: str) -> str:
        """What a person says; empty when nobody can."""
        listed = "\n".join(f"  {visible(note)}" for note in notes)
        text = (
            f"The agent came to a folder with instructions of its own:\n{listed}\nObey them, as you obey this folder?"
        )
        question = session.record(Question(question=f"{call}/instructions", text=text, choices=CHOICES, call=call))
        with clocks_stopped():
            answer = await session.audience.ask(question)
        if answer is None:
            return ""
        session.record(answer)
        return answer.answer


def _speaking_in(workspace: Path, folder: str) -> list[str]:
    """The instructions there, by their paths in the workspace. Opens none."""
    here = [name for name in INSTRUCTIONS if os.path.lexists(workspace / folder / name)]
    return [f"{folder}/{name}" for name in speaking(here)]


def folders_of(paths: Iterable[str]) -> list[str]:
    """The subfolders of the workspace on the way to files in it, outermost first; none of dependencies."""
    found: dict[str, None] = {}
    for path in paths:
        parts = path.split("/")[:-1]
        if path.startswith(("/", "..")) or ":" in path or not DEPENDENCIES.isdisjoint(parts):
            continue
        found |= dict.fromkeys("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return list(found)


def _without_marks(result: ToolResult) -> ToolResult:
    """What a tool returned cannot pass for ours."""
    if not any(isinstance(part, Text) and MARK in part.text for part in result.parts):
        return result
    fixed = [
        Text(text=part.text.replace(MARK, MARK.replace("⟦", "⟦ "))) if isinstance(part, Text) else part
        for part in result.parts
    ]
    return msgspec.structs.replace(result, parts=tuple(fixed))
