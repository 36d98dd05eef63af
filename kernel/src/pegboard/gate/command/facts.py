"""What is known of a command when it is judged. Values only: how they are found out is `resolve`, what follows from
them is `verdict`."""

from collections.abc import Iterator
from enum import IntEnum, IntFlag
from functools import reduce
from operator import or_
from typing import Final, Protocol

from msgspec import Struct

from pegboard.gate.path import PathFacts
from pegboard.gate.url import UrlFacts
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
    HOST = 2048
    """Uses what is the user's on this machine: keys, agents, services, other processes."""


class Weight(IntEnum):
    """How far a grant has to go to cover a deed."""

    PLAIN = 0
    """Any rule that covers the effect."""
    CONFINED = 1
    """Only the exact command, or a sandbox."""
    DOUBT = 2
    """Only the exact command."""
    DANGER = 3
    """No rule: a person, or mode `full`."""


class Deed(Struct, frozen=True):
    """One thing that an argument does. `at` counts the words of the step."""

    at: int
    effect: Effect
    weight: Weight = Weight.PLAIN
    why: str = ""


class Looker(Protocol):
    """The part of `gate.place.Place` that commands need: the workspace, and what one path in it is."""

    root_path: str
    home: str

    def look(self, path: str, cwd: str = "", access: Access = Access.READ) -> PathFacts: ...


class Target(Struct, frozen=True):
    """An address that is fetched from, in word `at`. `path` is its path as sent, without the query."""

    at: int
    url: UrlFacts
    path: str = ""


class Below(Struct, frozen=True):
    """A file under a folder that is read, moved or removed as a whole; its path is absolute."""

    path: str
    access: Access


class StepFacts(Struct, frozen=True, kw_only=True):
    """One program with its arguments."""

    argv: tuple[str, ...]
    words: tuple[str, ...]
    """`argv` without the options before the subcommand that change nothing: what rules are compared with."""
    program: str = ""
    """The absolute path, empty when it is not installed."""
    real_name: str = ""
    """The name of the file that the program is, links followed."""
    known: bool = False
    by_project: bool = False
    """A project's own tool, started by its package manager or interpreter: not looked for on the search path."""
    cwd: str = ""
    deeds: tuple[Deed, ...] = ()
    options: frozenset[str] = frozenset()
    """Every option that is or may be meant, under all its names, bundles and abbreviations expanded."""
    operands: tuple[str, ...] = ()
    """Subcommand and operands in order; with options that are not known, every word."""
    paths: tuple[PathFacts, ...] = ()
    below: tuple[Below, ...] = ()
    targets: tuple[Target, ...] = ()
    inner: tuple["Inner", ...] = ()
    text: frozenset[str] = frozenset()
    """Words of what it may run beyond its arguments, quotes and backslashes removed; deny rules look here."""
    opaque: str = ""
    """Why what it runs cannot be known, as for a shell that reads its input."""
    mentioned: tuple[PathFacts, ...] = ()
    """Whatever may be a path where roles are not known; only deny rules look here."""

    @property
    def effects(self) -> Effect:
        return reduce(or_, (step.own_effects for step in self.all()), Effect.NONE)

    @property
    def own_effects(self) -> Effect:
        """Without what it runs in turn."""
        return reduce(or_, (deed.effect for deed in self.deeds), Effect.NONE)

    @property
    def weight(self) -> Weight:
        return max((deed.weight for step in self.all() for deed in step.deeds), default=Weight.PLAIN)

    @property
    def concerns(self) -> tuple[str, ...]:
        """Why no rule with `*` covers it, the gravest first."""
        grave = sorted((deed for step in self.all() for deed in step.deeds if deed.weight), key=lambda one: -one.weight)
        return tuple(dict.fromkeys(deed.why for deed in grave))

    def all(self) -> Iterator["StepFacts"]:
        """This step and every step in it."""
        yield self
        for inner in self.inner:
            yield from inner.step.all()


class Inner(Struct, frozen=True):
    """A command among the words of another: a wrapper's. `at` is where it begins, `ALWAYS` when it is text."""

    at: int
    step: StepFacts


class CommandFacts(Struct, frozen=True, kw_only=True):
    """A whole command. With neither `forbidden` nor `trouble` the steps are all there is, and argv lists the plan."""

    text: str
    plan: Plan | None = None
    """What would run: argv lists, or the text in a fixed bash. None when it is forbidden."""
    forbidden: str = ""
    """Why nobody can even be asked."""
    trouble: str = ""
    """Why it is more than argv lists, so that only a person or mode `full` can allow it."""
    capped: bool = False
    """It was not looked at to its end, so no deny rule can be said not to match."""
    steps: tuple[StepFacts, ...] = ()
    words: frozenset[str] = frozenset()
    """With `trouble`: every word of the text, with quotes removed, that a program or path could be."""
    opaque: str = ""
    """With `trouble`: why the programs that it runs cannot all be named."""
    mentioned: tuple[PathFacts, ...] = ()
    written: tuple[PathFacts, ...] = ()
    """With `trouble`: what the text redirects into."""
    root: str = ""
    home: str = ""

    @property
    def argv(self) -> tuple[tuple[str, ...], ...]:
        return () if self.trouble or self.forbidden else tuple(step.argv for step in self.steps)

    def all(self) -> Iterator[StepFacts]:
        """Every step, those in other steps too."""
        for step in self.steps:
            yield from step.all()

    def every_path(self) -> Iterator[PathFacts]:
        """Whatever deny rules on files have to look at, apart from `below`."""
        yield from self.mentioned
        yield from self.written
        for step in self.all():
            yield from step.paths
            yield from step.mentioned
