"""All workspaces of one process, and what people ask of them in words."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from pegboard_sdk import InvalidParams, Setup, ToolFailed, ToolUse
from pegboard_undo import undoing, words
from pegboard_undo.ledger import Call
from pegboard_undo.policy import bounds_of
from pegboard_undo.workspace import Workspace

LABEL: Final = 60
NAMED: Final = 200


class Desk:
    """The workspace and what counts like it, each with what is kept of it. Raises OSError and sqlite3.Error as the disk
    does, ValueError for a bad setting."""

    def __init__(self, setup: Setup) -> None:
        bounds = bounds_of(setup.settings)
        roots = [root for root in dict.fromkeys((setup.workspace, *setup.roots)) if root]
        kept = Path(setup.data_dir, "workspaces")
        self._workspaces = [
            Workspace(root, kept / hashlib.sha256(os.fsencode(root)).hexdigest()[:32], bounds, _inside(root, roots))
            for root in roots
        ]
        self._said_off = False
        self._said_cut_off = False
        for workspace in self._workspaces:
            workspace.start()

    def close(self) -> None:
        """Stop watching."""
        for workspace in self._workspaces:
            workspace.close()

    # Calls.

    def before(self, session: str, prompt: int, use: ToolUse) -> str | None:
        """A call is about to run; what people are to know about it."""
        call = Call(session, prompt, use.call, said_of(use), beyond_of(use))
        said: list[str] = []
        for workspace in self._workspaces:
            if not workspace.wait():
                said.append(f"undo is still looking at {workspace.path}: what this call changes cannot be undone")
            elif workspace.off:
                said += [] if self._said_off else [f"undo is off: {workspace.off}"]
                self._said_off = True
            else:
                unkept = workspace.before(call, named_in(use.arguments, workspace.path))
                said += filter(None, [words.unkept(unkept, workspace.waiting)])
                cut_off = None if self._said_cut_off else workspace.ledger.cut_off()
                said += [f"{cut_off.words} was cut off: /undo and /redo finish it first"] if cut_off else []
                self._said_cut_off = True
        return "; ".join(said) or None

    def after(self, use: ToolUse) -> str | None:
        """A call ended; what of it cannot be undone."""
        said = [words.lost(each.after(use.call)) for each in self._workspaces if not each.off and each.wait(0)]
        return "; ".join(filter(None, said)) or None

    def ended(self, session: str) -> None:
        """A run of a session ended."""
        for workspace in self._workspaces:
            if not workspace.off and workspace.wait(0):
                workspace.ended(session)

    # Commands.

    def undo(self, session: str, text: str) -> str:
        """Take back the last prompts, or all from one on. Raises InvalidParams for words that it does not know."""
        with self._still(session) as finished:
            prompts = sorted({one for each in self._workspaces for one in each.ledger.prompts(session)}, reverse=True)
            since = _since(text, prompts)
            chosen = [prompt for prompt in prompts if prompt >= since]
            if not chosen:
                return "\n".join([*finished, "there is nothing to undo in this session"])
            steps = [step for each in self._workspaces for step in each.ledger.standing(session, since)]
            grouped = time.time_ns()
            told = [(each, undoing.undo(each, session, since, grouped).lines()) for each in self._workspaces]
            done = f"undid prompt {', '.join(map(str, sorted(chosen)))}"
            missed = [f"not undone: {one}" for one in undoing.beyond(steps)]
            return "\n".join([*finished, done, *self._lines(told), *missed])

    def undo_call(self, session: str) -> str:
        """Take back the last call that changed something. Raises ToolFailed when there is none."""
        with self._still(session) as finished:
            found = [
                (each, step) for each in self._workspaces for step in each.ledger.standing(session) if step.changes
            ]
            if not found:
                raise ToolFailed("there is no call to undo")
            newest = max(found, key=lambda one: one[1].at)[1]
            told = [
                (each, undoing.undo_step(each, session, step, 0).lines())
                for each, step in found
                if step.call == newest.call
            ]
            return "\n".join([*finished, f"undid `{newest.said}`", *self._lines(told)])

    def redo(self, session: str) -> str:
        """Take back the last undo."""
        with self._still(session) as said:
            found = [(each, last) for each in self._workspaces if (last := each.ledger.redoable(session))]
            if not found:
                return "\n".join([*said, "there is nothing to redo; a new change clears what could be redone"])
            newest = max(last.grouped for _, last in found)
            chosen = [(each, last) for each, last in found if last.grouped == newest]
            told = [(each, undoing.redo(each, session, last, newest).lines()) for each, last in chosen]
            return "\n".join([*said, chosen[0][1].words.replace("the undo of", "redid", 1), *self._lines(told)])

    def diff(self, session: str, text: str) -> str:
        """What the session changed since a prompt, or at all."""
        with self._still(session, finish=False):
            since = _number(text, "diff [PROMPT]") if text.strip() else 0
            told = [(each, list(undoing.changed(each, session, since))) for each in self._workspaces]
            return "\n".join(self._named(told)) or "nothing that this session changed stands"

    @contextmanager
    def _still(self, session: str, *, finish: bool = True) -> Iterator[list[str]]:
        """Nothing else happens to the workspaces meanwhile; what was cut off is finished, in words."""
        said: list[str] = []
        with ExitStack() as held:
            for workspace in self._workspaces:
                if not workspace.wait():
                    raise InvalidParams(f"the first look at {workspace.path} is not over: try again in a moment")
                if workspace.off:
                    raise InvalidParams(f"undo is off: {workspace.off}")
                held.enter_context(workspace.lock)
                workspace.ended(session)
                workspace.refresh()
                if finish:
                    said += undoing.finished(workspace)
            yield said

    def _lines(self, told: list[tuple[Workspace, list[str]]]) -> list[str]:
        return self._named(told) or ["nothing was left to put back: everything is as it was"]

    def _named(self, told: list[tuple[Workspace, list[str]]]) -> list[str]:
        """The lines of each, below its folder where that is not the one which paths are taken from."""
        heads = {workspace.path: [f"in {workspace.path}:"] for workspace in self._workspaces[1:]}
        return [line for each, lines in told if lines for line in (*heads.get(each.path, []), *lines)]


def _inside(root: str, roots: list[str]) -> list[tuple[int, int]]:
    """The roots below this one, by identity: each change belongs to one workspace."""
    found = [os.stat(other) for other in roots if other.startswith(f"{root.rstrip('/')}/")]
    return [(status.st_dev, status.st_ino) for status in found]


def _since(text: str, prompts: list[int]) -> int:
    """The prompt from which on to undo: `N` counts back from the newest, `--to-turn N` is the last that stays."""
    usage = "undo [COUNT] or undo --to-turn PROMPT"
    if text.strip().startswith("--to-turn"):
        return _number(text.replace("--to-turn", "").replace("=", ""), usage) + 1
    count = _number(text, usage) if text.strip() else 1
    if count < 1:
        raise InvalidParams(f"how many prompts to undo is 1 or more: {usage}")
    chosen = prompts[:count]
    return chosen[-1] if chosen else 0


def _number(text: str, usage: str) -> int:
    if not text.strip().isdecimal():
        raise InvalidParams(f"`{text.strip()}` is no number: {usage}")
    return int(text)


def said_of(use: ToolUse) -> str:
    """A call, as people know it."""
    first = next((str(value) for value in use.arguments.values() if isinstance(value, str)), "")
    return f"{use.tool} {first}".strip()[:LABEL]


def beyond_of(use: ToolUse) -> str:
    """What a call may do that no file of the workspace shows; empty when nothing."""
    reached = []
    if "net" in use.effects or any("net" in effect.split() for effect in use.effects) or _needs(use, "network"):
        reached.append("the network")
    if use.room is not None and (not use.room.confined or "outside" in use.room.needs):
        reached.append("files outside the workspace")
    return f"what `{said_of(use)}` did to {' and '.join(reached)}" if reached else ""


def _needs(use: ToolUse, need: str) -> bool:
    return use.room is not None and need in use.room.needs


def named_in(arguments: dict[str, Any], root: str) -> list[str]:
    """Words of the arguments that may be paths below the workspace: those are kept first."""
    found: dict[str, None] = {}
    for text in _texts(arguments):
        for word in text.replace("'", " ").replace('"', " ").split()[:NAMED]:
            path = os.path.relpath(word, root) if word.startswith("/") else os.path.normpath(word)
            if not path.startswith("..") and len(path) < 4096:
                found[path] = None
    return list(found)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
