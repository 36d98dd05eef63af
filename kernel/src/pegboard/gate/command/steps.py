"""What one program with its arguments is: found, read by its row, its paths looked at, and what it runs in turn."""

import os
import re
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from pegboard.gate.command.canonical import canonical
from pegboard.gate.command.facts import ALWAYS, Deed, Effect, Inner, Looker, StepFacts, Weight
from pegboard.gate.command.location import is_below, locate
from pegboard.gate.command.loose import MAX_PATHS, half_known, hidden_program, loose_words
from pegboard.gate.command.options import Reading, read
from pegboard.gate.command.programs.readers import read_further
from pegboard.gate.command.programs.repository import obeyed
from pegboard.gate.command.row import row_of
from pegboard.gate.command.script import Script
from pegboard.gate.command.subjects import Seen, Subjects
from pegboard.gate.command.tokenizer import parse
from pegboard.gate.command.tree import TooMany, Unclear, expand
from pegboard.gate.path import FileKind, PathFacts
from pegboard_sdk.wire.manifest import Access

MAX_DEPTH: Final = 8
INTERPRETERS: Final = frozenset({"shell", "script", "python"})
PLAIN_NAME: Final = re.compile(r"[\w.+-]+|\[", re.ASCII)
MOVES: Final = re.compile(r"\b(cd|pushd)\b|-C|\$")
"""What may make a word mean a file below a folder that another word names."""


class Steps:
    """Resolves the steps of one command, each in the folder `cwd` that holds when it is asked for."""

    def __init__(self, place: Looker, entries: tuple[str, ...]) -> None:
        self.place, self.entries, self.cwd = place, entries, ""

    def step(self, argv: tuple[str, ...], *, fed: str | None = "", depth: int = 0, installed: bool = True) -> StepFacts:
        """What one program with its arguments is. `fed` is its input: a text, None when another program writes it.

        `installed` is False for what a project's own tools start: it is not looked for on the search path.
        """
        words = canonical((argv[0].rpartition("/")[2] or argv[0], *argv[1:]))
        reading = read(words)
        program = self.program(argv[0]) if installed else ""
        real = os.path.realpath(program) if program else ""
        deeds = list(self.identity(argv[0], real, known=reading is not None))
        step = StepFacts(
            argv=argv, words=(argv[0], *words[1:]), program=program, known=reading is not None, cwd=self.cwd,
            by_project=not installed, real_name=os.path.basename(real), operands=operands(reading, argv),
        )  # fmt: skip
        if depth > MAX_DEPTH:
            deeds.append(Deed(ALWAYS, Effect.EXEC, Weight.DANGER, "commands are nested too deeply"))
            return replace(step, deeds=tuple(deeds), opaque="it is nested too deeply to look at")
        if reading is not None:
            seen, inner, opaque = self.inside(reading, fed, depth)
            step = replace(
                step, options=frozenset(reading.names), paths=tuple(seen.paths), below=tuple(seen.below),
                targets=tuple(seen.targets), inner=tuple(inner), opaque=opaque,
            )  # fmt: skip
            deeds += [*reading.deeds, *seen.deeds]
        step = replace(step, deeds=tuple(deeds))
        grave = any(deed.weight or deed.effect & Effect.SEND for deed in deeds)
        return self.suspected(step, fed) if grave else step

    def program(self, name: str) -> str:
        if "/" in name:
            return os.path.normpath(os.path.join(self.place.root_path, self.cwd, name))
        return locate(name, self.entries)

    def identity(self, name: str, real: str, *, known: bool) -> Iterable[Deed]:
        if "/" in name:
            yield Deed(0, Effect.EXEC, Weight.DOUBT, f"{name} is a path, and may be another program than its name says")
        elif not PLAIN_NAME.fullmatch(name):
            yield Deed(ALWAYS, Effect.EXEC, Weight.DANGER, f"{name!r} is no plain name of a program")
        elif real and is_below(real, self.place.root_path):
            yield Deed(0, Effect.EXEC, Weight.DANGER, f"{name} is a file of the workspace")
        if not known:
            yield Deed(ALWAYS, Effect.EXEC, Weight.CONFINED, f"{name} is no program that is known")

    def inside(self, reading: Reading, fed: str | None, depth: int) -> tuple[Seen, list[Inner], str]:
        """What a known program does, what it runs in turn, and why that cannot be known."""
        row = reading.row
        read_further(reading)
        seen = Subjects(reading, self.place, self.cwd).look()
        if row.name.startswith("git "):
            moves = [one.value for one in reading.values.get("-C", ()) if one.role == "C"]
            for setting in obeyed(os.path.join(self.place.root_path, self.cwd, *moves), self.place.root_path):
                reading.doubt(ALWAYS, f"the repository says {setting}", Effect.EXEC, Weight.DANGER)
        own = row.via not in ("runner", "python", "script")
        inner = [Inner(at, self.step(words, depth=depth + 1, installed=own)) for at, words in reading.nested if words]
        texts = [subject.value for subject in seen.texts]
        for subject in seen.texts:
            reading.find(subject.at, "exec", "a text")
        opaque = ""
        if row.via in INTERPRETERS and any("runs what it reads" in deed.why for deed in reading.deeds):
            if fed is None:
                opaque = f"{reading.words[0]} runs what another program writes"
            elif row.via == "shell":
                texts.append(fed)
        for text in texts:
            steps, hidden = self.text_of(text, depth)
            inner += [Inner(ALWAYS, step) for step in steps]
            opaque = opaque or hidden
        if row.via == "xargs":
            opaque = opaque or fills_program(inner)
        return seen, inner, opaque

    def text_of(self, text: str, depth: int) -> tuple[list[StepFacts], str]:
        """The steps of a text for a shell, and what in it cannot be named."""
        script = parse(text)
        if not isinstance(script, Script):
            return [self.suspected(StepFacts(argv=("sh",), words=("sh",)), text)] if text else [], hidden_program(text)
        steps = [
            self.step(tuple(word.text for word in command.words), fed=None if at else "", depth=depth + 1)
            for group in script.groups
            for at, command in enumerate(group.commands)
        ]
        unnamed = next((step.argv[0] for step in steps if "{}" in step.argv[0]), "")
        return steps, f"{unnamed} is filled in later" if unnamed else ""

    def suspected(self, step: StepFacts, fed: str | None) -> StepFacts:
        """A step that may do more than its arguments say, with all that it mentions, for deny rules."""
        text = "\n".join((*step.argv, fed or ""))
        words = loose_words(text)
        return replace(step, text=words, mentioned=tuple(self.mentions(words, text)))

    def mentions(self, words: frozenset[str], text: str) -> Iterable[PathFacts]:
        """What the words of `text` are as paths: themselves, by their wildcards, below the folders among them."""
        likely = [word for word in sorted(words) if self.is_likely(word)][:MAX_PATHS]
        folders: list[str] = []
        for word in likely:
            seen = self.place.look(word, self.cwd)
            if seen.inside and seen.kind is FileKind.FOLDER and seen.shown != ".":
                folders.append(word)
            yield from (seen, replace(seen, access=Access.WRITE))
            yield from self.matched(word)
        for word in half_known(text)[:64]:
            yield from self.matched(os.path.normpath(word))
        if MOVES.search(text):
            for folder in folders[:8]:
                start = os.path.join(self.place.root_path, self.cwd, folder)
                for word in sorted(words):
                    name = word.lstrip("/")
                    if len(name) < 256 and os.path.lexists(os.path.join(start, name)):
                        yield self.place.look(name, os.path.join(self.cwd, folder))

    def is_likely(self, word: str) -> bool:
        """Whether a word can be a path that a rule is about: it is spelt like one, or such a file is there."""
        if len(word) > 1024 or "\0" in word:
            return False
        spelt = word[0] in ".~" or not set("/*?[").isdisjoint(word)
        return spelt or os.path.lexists(os.path.join(self.place.root_path, self.cwd, word[:255]))

    def matched(self, word: str) -> Iterable[PathFacts]:
        if set("*?[").isdisjoint(word):
            return
        try:
            names = expand(word.lstrip("/"), self.place.root_path, self.cwd)
        except (Unclear, TooMany):
            return
        for name in names[:64]:
            yield self.place.look(name, self.cwd)


def operands(reading: Reading | None, argv: tuple[str, ...]) -> tuple[str, ...]:
    """Subcommand and operands; every word where an option is not known."""
    if reading is None or any("no known" in deed.why or "abbreviation" in deed.why for deed in reading.deeds):
        return argv[1:]
    return (*reading.row.name.split()[1:], *(word for _, word in reading.operands))


def fills_program(inner: list[Inner]) -> str:
    """Whether words that are only read later may name the program that runs."""
    for one in inner:
        row = row_of(one.step.words[0])
        wraps = row is None or row.via == "shell" or "x*" in row.operands or "{}" in one.step.argv[0]
        if wraps and not (one.step.inner and row is not None and row.via != "shell"):
            return f"{one.step.argv[0]} runs what is read later"
    return "" if inner else "its commands are read later"
