"""What is known of a command when it is judged. Values only: how they are found out is `resolve`, what follows from
them is `verdict`."""

from enum import IntEnum, IntFlag
from typing import Any, Final, Protocol

from msgspec import Struct

from pegboard_sdk.wire.manifest import Access
from pegboard_sdk.wire.methods import Plan

ALWAYS: Final = 1 << 30
"""A place behind every word: what stands there is covered by no prefix."""


class Effect(IntFlag):
    """What a program does to the world, as far as its arguments say."""

    NONE = 0
    READ = 1
    WRITE = 2
    """Creates or changes files in the workspace."""
    DELETE = 4
    """Removes files, or work that nothing else holds."""
    REPO = 8
    """Records in the repository: index, commits, references."""
    RUN = 16
    """Runs what the project defines: tests, scripts, builds, hooks."""
    EXEC = 32
    """Runs a program or code that its arguments name."""
    NET = 64
    """Fetches from the network."""
    SEND = 128
    """Sends data to others."""
    CONFIG = 256
    """Changes settings that decide what later commands do."""
    INSTALL = 512
    """Brings in software."""
    SECRET = 1024
    """Shows the environment or credentials."""


class Weight(IntEnum):
    """How far a grant has to go to cover a finding."""

    PLAIN = 0
    """Any rule that covers the effect."""
    CONFINED = 1
    """Only the exact command, or a sandbox."""
    DOUBT = 2
    """Only the exact command."""
    DANGER = 3
    """No rule: a person, or mode `full`."""


class Finding(Struct, frozen=True):
    """One thing that an argument does. `at` counts the words of the step."""

    at: int
    effect: Effect
    weight: Weight = Weight.PLAIN
    why: str = ""


class SeenPath(Protocol):
    """What `gate.place` knows of a path: the part of its `PathFacts` that a command is judged by."""

    @property
    def asked(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def access(self) -> Access: ...
    @property
    def inside(self) -> bool: ...
    @property
    def exists(self) -> bool: ...
    @property
    def kind(self) -> Any: ...
    @property
    def links(self) -> int: ...
    @property
    def device(self) -> int: ...
    @property
    def inode(self) -> int: ...
    @property
    def sensitivity(self) -> Any: ...
    @property
    def trouble(self) -> str: ...


class Looker(Protocol):
    """The part of `gate.place.Place` that commands need: the workspace, and what one path in it is."""

    @property
    def root_path(self) -> str: ...
    def look(self, path: str, cwd: str = "", access: Access = Access.READ) -> SeenPath: ...


class Url(Struct, frozen=True):
    """A URL as it was parsed; `trouble` says why it is covered by no prefix."""

    scheme: str = ""
    host: str = ""
    port: int = 0
    path: str = ""
    query: str = ""
    trouble: str = ""


class Below(Struct, frozen=True):
    """A file under a folder that is read, moved or removed as a whole."""

    path: str
    inode: int
    access: Access


class StepFacts(Struct, frozen=True, kw_only=True):
    """One program with its arguments."""

    argv: tuple[str, ...]
    words: tuple[str, ...]
    """`argv` without the options before the subcommand that change nothing: what rules are compared with."""
    program: str = ""
    """The absolute path, empty when it is not installed."""
    known: bool = False
    cwd: str = ""
    findings: tuple[Finding, ...] = ()
    options: frozenset[str] = frozenset()
    """Every option that is or may be meant, under all its names, bundles and abbreviations expanded."""
    paths: tuple[SeenPath, ...] = ()
    below: tuple[Below, ...] = ()
    urls: tuple[tuple[int, Url], ...] = ()
    inner: tuple["Inner", ...] = ()
    text: tuple[str, ...] = ()
    """Words of what it may run beyond its arguments, quotes and backslashes removed; deny rules look here."""
    opaque: str = ""
    """Why what it runs cannot be known, as for a shell that reads its input."""
    mentioned: tuple[SeenPath, ...] = ()
    """Whatever may be a path where roles are not known; only deny rules look here."""

    @property
    def effects(self) -> Effect:
        found = Effect.NONE
        for finding in self.findings:
            found |= finding.effect
        for inner in self.inner:
            found |= inner.step.effects
        return found

    @property
    def weight(self) -> Weight:
        own = max((finding.weight for finding in self.findings), default=Weight.PLAIN)
        return max((own, *(inner.step.weight for inner in self.inner)))

    @property
    def concerns(self) -> tuple[str, ...]:
        """Why no rule with `*` covers it, the gravest first."""
        grave = sorted((one for one in self.findings if one.weight), key=lambda one: -one.weight)
        return tuple(one.why for one in grave) + tuple(why for inner in self.inner for why in inner.step.concerns)


class Inner(Struct, frozen=True):
    """A command among the words of another: a wrapper's. `at` is where it begins, `ALWAYS` when it is text."""

    at: int
    step: StepFacts


class CommandFacts(Struct, frozen=True, kw_only=True):
    """A whole command. Exactly one of these holds: `forbidden`, `trouble`, or the steps are all there is."""

    text: str
    plan: Plan | None = None
    """What would run: argv lists, or the text in a fixed bash. None when it is forbidden."""
    forbidden: str = ""
    trouble: str = ""
    """Why it is more than argv lists, so that only a person or mode `full` can allow it."""
    capped: bool = False
    steps: tuple[StepFacts, ...] = ()
    words: tuple[str, ...] = ()
    """With `trouble`: every word of the text, with quotes removed, that a program or path could be."""
    opaque: str = ""
    """With `trouble`: why the programs that it runs cannot all be named."""
    mentioned: tuple[SeenPath, ...] = ()

    @property
    def argv(self) -> tuple[tuple[str, ...], ...]:
        return () if self.trouble or self.forbidden else tuple(step.argv for step in self.steps)
