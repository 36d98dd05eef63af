"""From the text of a command to what is known of it: parsed, wildcards expanded, `cd` followed, every step looked at.
Runs nothing and decides nothing."""

import os
from typing import Final

from msgspec.structs import replace

from pegboard.gate.command.facts import CommandFacts, Deed, Effect, Looker, StepFacts, Weight
from pegboard.gate.command.location import search_path
from pegboard.gate.command.loose import MAX_PATHS, hidden_program, loose_words, written
from pegboard.gate.command.programs.shell import SHELL_WORDS
from pegboard.gate.command.script import Command, Forbidden, Group, Script, Unparsed
from pegboard.gate.command.steps import Steps
from pegboard.gate.command.tokenizer import parse
from pegboard.gate.command.tree import TooMany, Unclear, expand
from pegboard.gate.path import FileKind, Sensitivity
from pegboard_sdk.wire.manifest import Access
from pegboard_sdk.wire.methods import Pipeline, Plan, Step

CHANGES_FOLDER: Final = "cd"


class Asks(Exception):
    """Something in a parsed command that only a shell could do, or that is not done for it."""


def resolve_command(text: str, place: Looker, *, path: str) -> CommandFacts:
    """What is known of the command `text`, run at the root of the workspace with the search path `path`.

    Never raises for what the text says.
    """
    script = parse(text)
    if isinstance(script, Forbidden):
        return CommandFacts(text=text, forbidden=script.reason, root=place.root_path, home=place.home)
    resolver = Resolver(place, path)
    if isinstance(script, Unparsed):
        return resolver.unparsed(text, script.reason, capped=script.capped)
    try:
        return resolver.parsed(text, script)
    except Asks as asks:
        return replace(resolver.unparsed(text, str(asks), capped=False), steps=tuple(resolver.found))


class Resolver:
    """Resolves one command; follows the folder that its steps run in."""

    def __init__(self, place: Looker, path: str) -> None:
        self.place = place
        entries = search_path(path, place.root_path)
        self.path = ":".join(entries)
        self.steps = Steps(place, entries)
        self.found: list[StepFacts] = []

    def unparsed(self, text: str, reason: str, *, capped: bool) -> CommandFacts:
        """What is known of a text that only a shell can run: the words in it."""
        self.steps.cwd = ""
        facts = CommandFacts(
            text=text, plan=Plan(script=text, path=self.path), trouble=reason, capped=capped, root=self.place.root_path,
            home=self.place.home,
        )  # fmt: skip
        if capped:
            return facts
        words = loose_words(text)
        targets = sorted(written(text))
        return replace(
            facts, words=words, opaque=hidden_program(text), mentioned=tuple(self.steps.mentions(words, text)),
            written=tuple(self.place.look(word, "", Access.WRITE) for word in targets[:MAX_PATHS]),
            capped=len(targets) > MAX_PATHS or sum(map(self.steps.is_likely, words)) > MAX_PATHS,
        )  # fmt: skip

    def parsed(self, text: str, script: Script) -> CommandFacts:
        """Raises Asks when it needs a shell after all."""
        pipelines: list[Pipeline] = []
        moved, trouble = "", ""
        for index, group in enumerate(script.groups):
            following = script.groups[index + 1].when if index + 1 < len(script.groups) else ""
            if group.commands[0].words[0].text == CHANGES_FOLDER:
                self.move(group, following)
                moved = moved or group.when
                continue
            steps = [self.step_of(command, piped=at > 0) for at, command in enumerate(group.commands)]
            trouble = trouble or "".join(filter(None, map(shell_only, steps)))
            when = moved if moved and group.when == "&&" else group.when
            moved = ""
            planned = tuple(map(planned_step, steps, group.commands))
            pipelines.append(Pipeline(steps=planned, when=when if pipelines else ";"))
        if trouble:
            raise Asks(trouble)
        plan = Plan(pipelines=tuple(pipelines), path=self.path)
        steps_found = tuple(self.found)
        return CommandFacts(text=text, plan=plan, steps=steps_found, root=self.place.root_path, home=self.place.home)

    def move(self, group: Group, following: str) -> None:
        """`cd`: a step of its own that moves those behind it, and is none of the plan. Raises Asks."""
        command, cwd = group.commands[0], self.steps.cwd
        words = tuple(word.text for word in command.words)
        target = words[1] if len(words) == 2 and not command.words[1].pattern else ""
        if len(group.commands) > 1 or command.stdin is not None or not target or target[0] in "-~":
            raise Asks("this way of changing the folder is not followed")
        if group.when == "||" or following == "||" or (group.when == "&&" and following == ";"):
            raise Asks("whether the folder changes depends on another command")
        seen = self.place.look(target, cwd, Access.LIST)
        lexical = os.path.normpath(os.path.join(self.place.root_path, cwd, target))
        deeds = [Deed(0, Effect.READ)]
        inside = seen.inside and seen.base == seen.root
        if not inside or seen.kind is not FileKind.FOLDER or seen.trouble or seen.real != lexical:
            deeds.append(Deed(1, Effect.READ, Weight.DANGER, f"{target} is no folder of the workspace, or a link"))
        elif self.place.look(target, cwd, Access.WRITE).sensitivity is not Sensitivity.ORDINARY:
            deeds.append(Deed(1, Effect.READ, Weight.DANGER, f"{target} is a protected folder"))
        known = StepFacts(argv=words, words=words, operands=words[1:], known=True, cwd=cwd)
        self.found.append(replace(known, deeds=tuple(deeds), paths=(seen,)))
        if inside:
            below = os.path.relpath(lexical, self.place.root_path)
            self.steps.cwd = "" if below == "." else below

    def step_of(self, command: Command, *, piped: bool) -> StepFacts:
        deeds: list[Deed] = []
        words: list[str] = []
        for word in command.words:
            expanded = self.expanded(word.pattern, deeds, len(words)) if word.pattern else []
            words.extend(expanded or [word.text])
        fed = None if piped and command.stdin is None else command.stdin or ""
        step = self.steps.step(tuple(words), fed=fed)
        step = replace(step, deeds=(*step.deeds, *deeds))
        self.found.append(step)
        return step

    def expanded(self, pattern: str, deeds: list[Deed], at: int) -> list[str]:
        """What a wildcard stands for; what is odd about it becomes a deed."""
        try:
            found = expand(pattern, self.place.root_path, self.steps.cwd)
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


def shell_only(step: StepFacts) -> str:
    """Why a step cannot be executed without a shell; empty when it can."""
    name = step.argv[0]
    return f"{name} is a part of the shell" if name in SHELL_WORDS or (name == "time" and not step.program) else ""


def planned_step(step: StepFacts, command: Command) -> Step:
    return Step(
        argv=step.argv, program=step.program, stdin=command.stdin, discard_stdout=command.discard_stdout,
        discard_stderr=command.discard_stderr, stderr_to_stdout=command.stderr_to_stdout, cwd=step.cwd,
    )  # fmt: skip
