"""From the text of a command to what is known of it: parsed, wildcards expanded, programs found, paths looked at. Runs
nothing and decides nothing."""

import os
from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from pegboard.gate.command.facts import ALWAYS, CommandFacts, Deed, Effect, Inner, Looker, StepFacts, Weight
from pegboard.gate.command.location import SHELL_WORDS, is_below, locate, search_path
from pegboard.gate.command.loose import MAX_WORDS, hidden_program, loose_words, written
from pegboard.gate.command.options import Reading, canonical, read
from pegboard.gate.command.programs.readers import READERS
from pegboard.gate.command.row import row_of
from pegboard.gate.command.subjects import Seen, Subjects
from pegboard.gate.command.tokenizer import Command, Forbidden, Group, Script, Unparsed, parse
from pegboard.gate.command.tree import TooMany, Unclear, expand
from pegboard.gate.path import FileKind, PathFacts, Sensitivity
from pegboard_sdk.wire.manifest import Access
from pegboard_sdk.wire.methods import Pipeline, Plan, Step

MAX_DEPTH: Final = 8
SHELLS: Final = frozenset({"shell", "script", "python"})
PLAIN_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-[")


class Asks(Exception):
    """Something in a parsed command that only a shell could do, or that is not done for it."""


def resolve_command(text: str, place: Looker, *, path: str) -> CommandFacts:
    """What is known of the command `text`, run at the root of the workspace with the search path `path`.

    Never raises for what the text says.
    """
    script = parse(text)
    if isinstance(script, Forbidden):
        return CommandFacts(text=text, forbidden=script.reason)
    resolver = Resolver(place, path)
    if isinstance(script, Unparsed):
        return resolver.unparsed(text, script.reason, capped=script.capped)
    try:
        return resolver.parsed(text, script)
    except Asks as asks:
        return replace(resolver.unparsed(text, str(asks), capped=False), steps=tuple(resolver.steps))


class Resolver:
    """Resolves one command; holds the folder that its steps run in."""

    def __init__(self, place: Looker, path: str) -> None:
        self.place, self.cwd = place, ""
        self.entries = search_path(path, place.root_path)
        self.steps: list[StepFacts] = []

    def unparsed(self, text: str, reason: str, *, capped: bool) -> CommandFacts:
        plan = Plan(script=text, path=":".join(self.entries))
        if capped:
            return CommandFacts(text=text, plan=plan, trouble=reason, capped=True)
        words = loose_words(text)
        return CommandFacts(
            text=text, plan=plan, trouble=reason, words=words, opaque=hidden_program(text),
            capped=len(words) > 10 * MAX_WORDS, mentioned=tuple(self.mentions(words)),
            written=tuple(self.place.look(word, "", Access.WRITE) for word in sorted(written(text))[:MAX_WORDS]),
            root=self.place.root_path, home=self.place.home,
        )  # fmt: skip

    def parsed(self, text: str, script: Script) -> CommandFacts:
        pipelines: list[Pipeline] = []
        moved: str | None = None
        trouble = ""
        for index, group in enumerate(script.groups):
            following = script.groups[index + 1].when if index + 1 < len(script.groups) else ""
            if group.commands[0].words[0].text == "cd":
                self.move(group, following)
                moved = moved or group.when
                continue
            steps = [self.step_of(command, piped=at > 0) for at, command in enumerate(group.commands)]
            trouble = trouble or next((self.shell_only(step) for step in steps if self.shell_only(step)), "")
            when = moved if moved is not None and group.when == "&&" else group.when
            moved = None
            pipelines.append(
                Pipeline(
                    steps=tuple(self.planned(step, command) for step, command in zip(steps, group.commands, strict=True)),
                    when=when if pipelines else ";",
                )
            )
        if trouble:
            raise Asks(trouble)
        plan = Plan(pipelines=tuple(pipelines), path=":".join(self.entries))
        return CommandFacts(
            text=text, plan=plan, steps=tuple(self.steps), root=self.place.root_path, home=self.place.home
        )

    def shell_only(self, step: StepFacts) -> str:
        name = step.argv[0]
        if name in SHELL_WORDS or (name == "time" and not step.program):
            return f"{name} is a part of the shell"
        return ""

    def planned(self, step: StepFacts, command: Command) -> Step:
        return Step(
            argv=step.argv, program=step.program, stdin=command.stdin, discard_stdout=command.discard_stdout,
            discard_stderr=command.discard_stderr, stderr_to_stdout=command.stderr_to_stdout, cwd=step.cwd,
        )  # fmt: skip

    def move(self, group: Group, following: str) -> None:
        """`cd`: a step of its own that moves those behind it."""
        command = group.commands[0]
        words = tuple(word.text for word in command.words)
        target = words[1] if len(words) == 2 and not command.words[1].pattern else ""
        if len(group.commands) > 1 or command.stdin is not None or not target or target[0] in "-~":
            raise Asks("this way of changing the folder is not followed")
        if group.when == "||" or following == "||" or (group.when == "&&" and following == ";"):
            raise Asks("whether the folder changes depends on another command")
        seen = self.place.look(target, self.cwd, Access.LIST)
        lexical = os.path.normpath(os.path.join(self.place.root_path, self.cwd, target))
        deeds = [Deed(0, Effect.READ)]
        if not seen.inside or seen.kind is not FileKind.FOLDER or seen.trouble or seen.real != lexical:
            deeds.append(Deed(1, Effect.READ, Weight.DANGER, f"{target} is no folder of the workspace, or a link to one"))
        elif self.place.look(target, self.cwd, Access.WRITE).sensitivity is not Sensitivity.ORDINARY:
            deeds.append(Deed(1, Effect.READ, Weight.DANGER, f"{target} is a protected folder"))
        step = StepFacts(argv=words, words=words, known=True, cwd=self.cwd, deeds=tuple(deeds), paths=(seen,))
        self.steps.append(replace(step, operands=words[1:]))
        if seen.inside:
            self.cwd = os.path.relpath(lexical, self.place.root_path) if lexical != self.place.root_path else ""

    def step_of(self, command: Command, *, piped: bool) -> StepFacts:
        deeds: list[Deed] = []
        words: list[str] = []
        for word in command.words:
            expanded = self.expanded(word.pattern, deeds, len(words)) if word.pattern else []
            words.extend(expanded or [word.text])
        step = self.step(tuple(words), fed=command.stdin if command.stdin is not None else (None if piped else ""))
        step = replace(step, deeds=(*step.deeds, *deeds))
        self.steps.append(step)
        return step

    def expanded(self, pattern: str, deeds: list[Deed], at: int) -> list[str]:
        try:
            found = expand(pattern, self.place.root_path, self.cwd)
        except Unclear as unclear:
            deeds.append(Deed(at, Effect.READ, Weight.DANGER, str(unclear)))
            return []
        except TooMany:
            deeds.append(Deed(at, Effect.READ, Weight.DANGER, "a wildcard stands for too many names"))
            return []
        for name in found:
            if name.startswith("-") or not name.isprintable():
                deeds.append(Deed(at, Effect.NONE, Weight.DANGER, f"a wildcard stands for {name!r}"))
        return found

    def step(self, argv: tuple[str, ...], *, fed: str | None = "", depth: int = 0, installed: bool = True) -> StepFacts:
        """What one program with its arguments is. `fed` is its input: a text, None when another program writes it."""
        name = argv[0].rpartition("/")[2] or argv[0]
        words = canonical((name, *argv[1:]))
        reading = read(words)
        program = self.program(argv[0]) if installed else ""
        real = os.path.basename(os.path.realpath(program)) if program else ""
        deeds = list(self.identity(argv[0], program, known=reading is not None))
        inner: list[Inner] = []
        seen = Seen(deeds=[], paths=[], below=[], targets=[], texts=[])
        opaque = ""
        if depth > MAX_DEPTH:
            deeds.append(Deed(ALWAYS, Effect.EXEC, Weight.DANGER, "commands are nested too deeply"))
            opaque = "it is nested too deeply to look at"
        elif reading is not None:
            seen, inner, opaque = self.inside(reading, fed, depth)
            deeds += [*reading.deeds, *seen.deeds]
        step = StepFacts(
            argv=argv, words=(argv[0], *words[1:]), program=program, real_name=real, known=reading is not None, cwd=self.cwd,
            deeds=tuple(deeds), options=frozenset(reading.names) if reading else frozenset(),
            operands=operands(reading, argv), paths=tuple(seen.paths), below=tuple(seen.below), targets=tuple(seen.targets),
            inner=tuple(inner), opaque=opaque,
        )  # fmt: skip
        return self.suspected(step, fed) if max((deed.weight for deed in deeds), default=0) else step

    def program(self, name: str) -> str:
        if "/" in name:
            return os.path.normpath(os.path.join(self.place.root_path, self.cwd, name))
        return locate(name, self.entries)

    def identity(self, name: str, program: str, *, known: bool) -> Iterable[Deed]:
        if "/" in name:
            yield Deed(0, Effect.EXEC, Weight.DOUBT, f"{name} is a path, and may be another program than its name says")
        elif program and is_below(os.path.realpath(program), self.place.root_path):
            yield Deed(0, Effect.EXEC, Weight.DANGER, f"{name} is a file of the workspace")
        if not set(name) <= PLAIN_NAME and "/" not in name:
            yield Deed(ALWAYS, Effect.EXEC, Weight.DANGER, f"{name!r} is no plain name of a program")
        if not known:
            yield Deed(ALWAYS, Effect.EXEC, Weight.CONFINED, f"{name} is no program that is known")

    def inside(self, reading: Reading, fed: str | None, depth: int) -> tuple[Seen, list[Inner], str]:
        """What a known program does, and what it runs in turn."""
        if reading.row.via:
            READERS[reading.row.via](reading)
        seen = Subjects(reading, self.place, self.cwd).look()
        inner = [self.nested(reading, at, words, depth) for at, words in reading.nested if words]
        opaque = ""
        for text in seen.texts:
            reading.find(text.at, "exec", "a text")
            inner_steps, hidden = self.text_of(text.value, depth)
            inner += [Inner(ALWAYS, step) for step in inner_steps]
            opaque = opaque or hidden
        reads_program = reading.row.via in SHELLS and any("runs what it reads" in deed.why for deed in reading.deeds)
        if reads_program and fed is not None and fed and reading.row.via == "shell":
            inner_steps, hidden = self.text_of(fed, depth)
            inner += [Inner(ALWAYS, step) for step in inner_steps]
            opaque = opaque or hidden
        elif reads_program and fed is None:
            opaque = f"{reading.words[0]} runs what another program writes"
        if reading.row.via == "xargs":
            opaque = opaque or fills_program(inner)
        return seen, inner, opaque

    def nested(self, reading: Reading, at: int, words: tuple[str, ...], depth: int) -> Inner:
        by_project = reading.row.via in ("runner", "python", "script")
        return Inner(at, self.step(words, fed="", depth=depth + 1, installed=not by_project))

    def text_of(self, text: str, depth: int) -> tuple[list[StepFacts], str]:
        """The steps of a text for a shell, and what in it cannot be named."""
        script = parse(text)
        if not isinstance(script, Script):
            unknown = StepFacts(argv=("sh",), words=("sh",), text=loose_words(text))
            return [self.suspected(unknown, text)], hidden_program(text)
        commands = [(command, at > 0) for group in script.groups for at, command in enumerate(group.commands)]
        steps = [
            self.step(tuple(word.text for word in command.words), fed=None if piped else "", depth=depth + 1)
            for command, piped in commands
        ]
        unnamed = next((step.argv[0] for step in steps if "{}" in step.argv[0]), "")
        return steps, f"{unnamed} is filled in later" if unnamed else ""

    def suspected(self, step: StepFacts, fed: str | None) -> StepFacts:
        """A step that may do more than its arguments say: all that it mentions, for deny rules."""
        words = step.text | loose_words("\n".join((*step.argv, fed or "")))
        return replace(step, text=words, mentioned=tuple(self.mentions(words)))

    def mentions(self, words: frozenset[str]) -> Iterable[PathFacts]:
        """What the words are as paths: themselves, what their wildcards stand for, and below the folders among them."""
        folders: list[str] = []
        for word in sorted(words)[:MAX_WORDS]:
            if len(word) > 1024 or "\0" in word:
                continue
            seen = self.place.look(word, self.cwd)
            if seen.inside and seen.kind is FileKind.FOLDER and seen.shown != "." and len(folders) < 8:
                folders.append(word)
            yield from (seen, replace(seen, access=Access.WRITE))
            if any(char in word for char in "*?["):
                yield from self.matched(word)
        if not words.isdisjoint({"cd", "pushd", "-C"}):
            for folder in folders:
                for word in sorted(words)[:100]:
                    yield self.place.look(word, os.path.join(self.cwd, folder))

    def matched(self, word: str) -> Iterable[PathFacts]:
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
