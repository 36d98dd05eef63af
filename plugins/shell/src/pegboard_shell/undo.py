"""Undo of what commands wrote in the workspace: looks before and after each, and remembers the difference."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from pegboard_sdk import Plan
from pegboard_shell.attic import Attic
from pegboard_shell.changes import Change, can_restore, changes_between, restore
from pegboard_shell.survey import MAX_ENTRIES, Survey, TooMany, survey

MAX_COMMANDS: Final = 20
"""Remembered for each session."""

SHOWN: Final = 20

READERS: Final = frozenset(
    {
        "[", "basename", "cat", "cmp", "cut", "df", "dirname", "du", "echo", "egrep", "false", "fgrep", "grep", "head",
        "id", "ls", "nl", "printf", "ps", "pwd", "readlink", "realpath", "seq", "sleep", "stat", "tac", "tail", "test",
        "tr", "true", "uname", "wc", "which", "whoami",
    }
)  # fmt: skip
"""Programs without any option that writes a file: not worth a look."""


class Before(Struct, frozen=True):
    """The workspace before a command; owns the descriptor of its folder."""

    root: int
    survey: Survey
    at_ns: int


class Done(Struct, frozen=True):
    """A command that changed something; owns the descriptor."""

    root: int
    command: str
    changes: tuple[Change, ...]


class Undo:
    """The last commands of each session that changed something."""

    def __init__(self, folder: str, *, max_entries: int = MAX_ENTRIES) -> None:
        self._attic = Attic(folder)
        self._max_entries = max_entries
        self._done: dict[str, deque[Done]] = {}
        self._too_large: set[tuple[int, int]] = set()
        self._lock = threading.Lock()

    @contextmanager
    def watching(
        self, session: str, command: str, plan: Plan, workspace: int, warn: Callable[[str], object]
    ) -> Iterator[None]:
        """Around a command: remember what it changes, however it ends. `warn` is told what could not be restored."""
        before = None if _only_reads(plan) else self._look(workspace)
        try:
            yield
        finally:
            if before is not None:
                warn(self._remember(session, command, before))

    def _look(self, workspace: int) -> Before | None:
        """What is there, with copies of what may be lost. None when it is too much."""
        status = os.fstat(workspace)
        place = (status.st_dev, status.st_ino)
        if place in self._too_large:
            return None
        root = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=workspace)
        try:
            at_ns = time.time_ns()
            return Before(root, survey(root, self._attic.keeper(), max_entries=self._max_entries), at_ns)
        except TooMany:
            self._too_large.add(place)
            os.close(root)
            return None

    def _remember(self, session: str, command: str, before: Before) -> str:
        """After the command: what it changed that cannot be restored, in words; mostly empty."""
        try:
            after = survey(before.root, max_entries=self._max_entries)
        except TooMany:
            os.close(before.root)
            return f"undo is off here: more than {self._max_entries} files"
        changes = changes_between(before.survey, after, at_ns=before.at_ns, root=before.root, attic=self._attic)
        if not changes:
            os.close(before.root)
            return ""
        with self._lock:
            done = self._done.setdefault(session, deque())
            done.append(Done(before.root, command, changes))
            if len(done) > MAX_COMMANDS:
                os.close(done.popleft().root)
        lost = [change.path for change in changes if not can_restore(change, self._attic)]
        return f"undo cannot restore {_listed(lost)}" if lost else ""

    def undo(self, session: str) -> str | None:
        """Put back what the session's last changing command changed, and forget that command; what was done, in words.
        None when there is nothing to undo."""
        with self._lock:
            done = self._done.get(session)
            last = done.pop() if done else None
        if last is None:
            return None
        try:
            failed = {change.path: restore(last.root, change, self._attic) for change in _in_order(last.changes)}
        finally:
            os.close(last.root)
        restored = [path for path, reason in failed.items() if not reason]
        lines = [f"undid `{last.command[:200]}`", *([f"restored {_listed(restored)}"] if restored else [])]
        return "\n".join(
            lines + [f"not restored: {_shown(path)}: {reason}" for path, reason in failed.items() if reason]
        )

    def close(self) -> None:
        """Forget all."""
        for done in self._done.values():
            for each in done:
                os.close(each.root)
        self._attic.close()


def _only_reads(plan: Plan) -> bool:
    steps = [step for pipeline in plan.pipelines for step in pipeline.steps]
    return bool(steps) and all(os.path.basename(step.program) in READERS for step in steps)


def _in_order(changes: Iterable[Change]) -> list[Change]:
    """What was created goes first, contents before their folders; then the rest comes back, folders before contents."""
    created = [change for change in changes if change.before is None]
    return [*reversed(created), *(change for change in changes if change.before is not None)]


def _listed(paths: list[str]) -> str:
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return ", ".join(map(_shown, paths[:SHOWN])) + more


def _shown(path: str) -> str:
    """A name that may not be text, as text."""
    return path.encode("utf-8", "replace").decode("utf-8")
