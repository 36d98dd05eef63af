"""Answers that a person gave for longer than once, kept in the user's state folder and never in the project.

A project's answers are bound to its real path, device and inode. Nothing here is wider than what was asked.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pegboard.gate.glob import Anchor, literal
from pegboard.gate.judge import JOINED
from pegboard.gate.place import Place
from pegboard.gate.rule import Rule
from pegboard.gate.verdict import Verdict
from pegboard.places import private, replacing
from pegboard_sdk.errors import InvalidParams, PermissionDenied

MAX_BYTES: Final = 1 << 22
_BROKEN: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Scope(Enum):
    """How long an answer holds."""

    ONCE = "once"
    SESSION = "session"
    PROJECT = "project"
    USER = "user"


class Grants(Struct, frozen=True, kw_only=True):
    """A file of answers. `project` is only for people who read it; the file's name binds it."""

    schema: int = 1
    project: str = ""
    rules: tuple[str, ...] = ()


class Remembered:
    """The answers that hold in one session. `problems` says which files could not be read and were left out."""

    def __init__(self, state: Path, place: Place) -> None:
        self._folder = state / "grants"
        self._place = place
        status = os.fstat(place.root_fd)
        identity = f"{place.root_path}\0{status.st_dev}\0{status.st_ino}"
        key = hashlib.sha256(identity.encode(errors="surrogateescape")).hexdigest()
        self._files = {Scope.PROJECT: self._folder / f"{key}.json", Scope.USER: self._folder / "user.json"}
        self.problems: list[str] = []
        self._rules: dict[Scope, tuple[Rule, ...]] = {Scope.SESSION: ()}
        for scope in self._files:
            self._rules[scope] = self._load(scope)

    def rules(self) -> tuple[Rule, ...]:
        """All that holds now, with its source."""
        return tuple(rule for rules in self._rules.values() for rule in rules)

    def add(self, remember: str, scope: Scope) -> None:
        """Keep the rules of `Decision.remember` for `scope`; durable on return, or `problems` says why not.

        ONCE keeps nothing. Raises InvalidParams for what is no rule.
        """
        if scope is Scope.ONCE:
            return
        added = [
            self._within(Rule.parse(text, Verdict.ALLOW, _source(scope)), scope) for text in remember.split(JOINED)
        ]
        known = {rule.text for rule in self._rules[scope]}
        new = tuple(rule for rule in added if rule.text not in known)
        if new and scope in self._files:
            try:
                self._store(scope, tuple(rule.text for rule in new))
            except (OSError, PermissionDenied) as error:
                self.problems.append(f"this answer holds until the session ends, it could not be kept: {error}")
        self._rules[scope] = (*self._rules[scope], *new)

    def forget(self, scope: Scope, text: str = "") -> None:
        """Drop one answer of `scope`, or every one, on disk too. Raises OSError and PermissionDenied."""
        if scope in self._files:
            self._store(scope, (), gone=text)
        self._rules[scope] = tuple(rule for rule in self._rules[scope] if text and rule.text != text)

    def _within(self, rule: Rule, scope: Scope) -> Rule:
        """For the user, a path of this workspace means this very path, not its like in every workspace."""
        if scope is not Scope.USER or rule.glob is None or rule.glob.anchor in (Anchor.ROOT, Anchor.HOME):
            return rule
        inner = "/".join(rule.glob.parts)
        prefix = "**/" if rule.glob.anchor is Anchor.ANYWHERE else ""
        text = f"{rule.word}({literal(self._place.root_path.rstrip('/'))}/{prefix}{inner})"
        return Rule.parse(text, rule.verdict, rule.source)

    def _load(self, scope: Scope) -> tuple[Rule, ...]:
        file, rules = self._files[scope], []
        try:
            texts = self._read(file).rules
        except (*_BROKEN, OSError) as error:
            self.problems.append(f"{file} is left out: {error}; repair or remove it")
            return ()
        for text in texts:
            try:
                rules.append(Rule.parse(text, Verdict.ALLOW, _source(scope)))
            except InvalidParams as error:
                self.problems.append(f"{file}: {error.message}; it is left out")
        return tuple(rules)

    def _read(self, file: Path) -> Grants:
        """What the file holds, nothing when there is none. Raises PermissionError when others could have written it."""
        try:
            descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            return Grants()
        with os.fdopen(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if sys.platform != "win32" and (status.st_mode & 0o022 or status.st_uid != os.geteuid()):
                raise PermissionError("others than you may write it")
            return msgspec.json.decode(opened.read(MAX_BYTES), type=Grants)

    def _store(self, scope: Scope, added: tuple[str, ...], gone: str | None = None) -> None:
        """Add to the file as it is now: another session may have written meanwhile."""
        private(self._folder)
        file = self._files[scope]
        with _locked(self._folder / ".lock"):
            try:
                now = self._read(file)
            except _BROKEN:
                now = Grants()
            project = self._place.root_path if scope is Scope.PROJECT else ""
            kept = (rule for rule in now.rules if gone is None or (gone and rule != gone))
            rules = tuple(dict.fromkeys((*kept, *added)))
            text = msgspec.json.format(msgspec.json.encode(replace(now, project=project, rules=rules)))
            with replacing(file) as opened:
                opened.write(text)


def _source(scope: Scope) -> str:
    return f"answered for the {scope.value}"


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """One writer at a time; the lock ends with the process that holds it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform != "win32":
            import fcntl  # noqa: PLC0415 - not there on Windows

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
