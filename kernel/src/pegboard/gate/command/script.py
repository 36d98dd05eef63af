"""A command that was understood, and how it may not be. Values, and the draft of one command while it is read."""

import re
from typing import Final

from msgspec import Struct

_RESERVED: Final = "if then else elif fi for while until do done case esac select function [[ ]] coproc ! in"
RESERVED: Final = frozenset(_RESERVED.split())
ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*(\[.*\])?\+?=", re.ASCII)


class Word(Struct, frozen=True):
    """An argument. `pattern` is set when it has unquoted wildcards: the same text with every quoted special escaped."""

    text: str
    pattern: str = ""


class Command(Struct, frozen=True, kw_only=True):
    """One program with its arguments and what its streams are tied to."""

    words: tuple[Word, ...]
    stdin: str | None = None
    discard_stdout: bool = False
    discard_stderr: bool = False
    stderr_to_stdout: bool = False


class Group(Struct, frozen=True, kw_only=True):
    """Commands joined by `|`, and how they follow the group before."""

    commands: tuple[Command, ...]
    when: str = ";"


class Script(Struct, frozen=True, kw_only=True):
    """A text that was understood."""

    groups: tuple[Group, ...]


class Unparsed(Struct, frozen=True, kw_only=True):
    """A text outside the subset: `reason` says what is in it. `capped`: it was not even looked at to its end."""

    reason: str
    capped: bool = False


class Forbidden(Struct, frozen=True, kw_only=True):
    """A text that cannot be shown faithfully, so nobody can be asked about it."""

    reason: str


class OutsideSubset(Exception):
    """What the scanner met; turned into a value by `parse`."""

    def __init__(self, reason: str, *, capped: str = "") -> None:
        super().__init__(reason)
        self.capped = bool(capped)


class Draft:
    """A command while it is read."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.stdin: str | None = None
        self.no_stdout = self.no_stderr = self.joined = False

    def add(self, word: Word, source: str) -> None:
        if not self.words:
            if word.pattern:
                raise OutsideSubset("the program's name has a wildcard")
            if ASSIGNMENT.match(source) or "=" in word.text:
                raise OutsideSubset("an assignment before the command")
            if word.text in RESERVED:
                raise OutsideSubset(f"the shell's word {word.text}")
        self.words.append(word)

    def discard(self, *, stdout: bool, stderr: bool) -> None:
        if stdout and self.joined:
            raise OutsideSubset("2>&1 before the redirection that it would follow")
        self.no_stdout |= stdout
        self.no_stderr |= stderr
        self.joined = self.joined and not stderr

    def join(self) -> None:
        self.no_stderr = self.no_stdout
        self.joined = not self.no_stdout

    def done(self) -> Command:
        return Command(
            words=tuple(self.words),
            stdin=self.stdin,
            discard_stdout=self.no_stdout,
            discard_stderr=self.no_stderr,
            stderr_to_stdout=self.joined,
        )
