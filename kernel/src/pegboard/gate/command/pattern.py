"""`bash(...)` rules: which steps a pattern covers, and which commands it binds when it denies. Pure."""

from collections.abc import Iterable
from enum import Enum
from fnmatch import fnmatchcase
from functools import cache
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from pegboard.gate.command.canonical import canonical
from pegboard.gate.command.facts import CommandFacts, Deed, Effect, StepFacts, Target, Weight
from pegboard.gate.command.options import read
from pegboard.gate.command.programs.readers import read_further
from pegboard.gate.command.row import row_of
from pegboard.gate.command.script import Command, Script
from pegboard.gate.command.subjects import EFFECTS
from pegboard.gate.command.tokenizer import parse
from pegboard.gate.url import UrlFacts, look_at_url
from pegboard_sdk.errors import InvalidParams

WORTH_NOTHING: Final = frozenset({"--"})


class Reach(Enum):
    """How far a pattern goes beyond its words."""

    EXACT = "exact"
    TAIL = "tail"
    """Further arguments of the same effects."""
    ANYTHING = "anything"
    """`*` alone: whatever the table knows."""


class Prefix(Struct, frozen=True):
    """A URL with everything below its path."""

    scheme: str
    host: str
    port: int
    path: str

    def holds(self, target: Target) -> bool:
        url = target.url
        same = (url.scheme, url.host, url.port) == (self.scheme, self.host, self.port)
        return not url.trouble and same and target.path.startswith(self.path)


class CommandPattern(Struct, frozen=True, kw_only=True):
    """A parsed pattern. `words` leave out the final `*` and the URL of `prefix`."""

    text: str
    words: tuple[str, ...]
    reach: Reach
    prefix: Prefix | None = None
    wild: bool = False
    """A wildcard stands inside a word: this can only narrow."""

    @classmethod
    def parse(cls, text: str) -> "CommandPattern":
        """The pattern in `text`. Raises InvalidParams: what is wrong, and what would be right."""
        text = text.strip()
        if text in ("*", ":*"):
            return cls(text="*", words=(), reach=Reach.ANYTHING)
        plain = f"{text[:-2]} *" if text.endswith(":*") else text
        reach = Reach.TAIL if plain.endswith((" *", "\t*")) else Reach.EXACT
        script = parse(plain[:-2] if reach is Reach.TAIL else plain)
        if not isinstance(script, Script):
            raise InvalidParams(f"`{text}` is no plain command: {script.reason}; quote what is meant literally")
        commands = [command for group in script.groups for command in group.commands]
        if len(commands) != 1 or commands[0] != Command(words=commands[0].words):
            raise InvalidParams(
                f"`{text}` is more than one command with its arguments; write one rule for each command"
            )
        words = tuple(word.text for word in commands[0].words)
        wild = any(word.pattern for word in commands[0].words)
        if words[-1].startswith(("http://", "https://")) and words[-1].endswith("/*"):
            prefix, words = _prefix(words[-1]), words[:-1]
            return cls(text=text, words=words, reach=reach, prefix=prefix)
        return cls(text=text, words=words, reach=reach, wild=wild)

    def allows(self, step: StepFacts, others: Iterable["CommandPattern"] = ()) -> bool:
        """Whether it covers the step; what the step wraps may be covered by `others`."""
        if self.wild or step.weight is Weight.DANGER:
            return False
        if self.reach is Reach.EXACT and self.prefix is None:
            return self.words == step.argv or standard(self.words) == step.words
        if self.reach is not Reach.ANYTHING:
            words = standard(self.words)
            if step.words[: len(words)] != words:
                return False
            if words != self.words:
                return replace(self, words=words).allows(step, others)
        if self.prefix is not None and not (step.targets and all(map(self.prefix.holds, step.targets))):
            return False
        if not all(self._covers(deed, step) for deed in step.deeds):
            return False
        return all(self._allows_inner(inner.at, inner.step, tuple(others)) for inner in step.inner)

    def _covers(self, deed: Deed, step: StepFacts) -> bool:
        if self.reach is Reach.ANYTHING:
            return deed.weight is Weight.PLAIN
        if deed.at < len(self.words):
            return True
        if self.prefix is not None and deed.effect is Effect.NET and deed.at in {target.at for target in step.targets}:
            return True
        return deed.weight is Weight.PLAIN and not deed.effect & ~(effects_of(self.words) | Effect.READ)

    def _allows_inner(self, at: int, inner: StepFacts, others: tuple["CommandPattern", ...]) -> bool:
        if self.reach is Reach.ANYTHING:
            return self.allows(inner)
        within = not inner.effects & ~(effects_of(self.words) | Effect.READ)
        if inner.by_project and inner.weight is Weight.PLAIN and within:
            return True
        if at < len(self.words) and replace(self, words=self.words[at:]).allows(inner, others):
            return True
        return any(other.allows(inner, others) for other in others)

    def denies(self, facts: CommandFacts) -> bool:
        """Whether it binds any program of the command, however it is spelt or wrapped.

        What was not looked at to its end, or runs what cannot be named, counts as bound.
        """
        if facts.capped or facts.opaque or any(step.opaque for step in facts.all()):
            return True
        return self._names_loosely(facts.words) or any(
            self._names(step) or self._names_loosely(step.text) for step in facts.all()
        )

    def _names(self, step: StepFacts) -> bool:
        if self.reach is Reach.ANYTHING:
            return True
        name = step.argv[0].rpartition("/")[2].casefold()
        if self.words[0].rpartition("/")[2].casefold() not in (name, step.real_name.casefold()):
            return False
        if self.prefix is not None:
            return any(self.prefix.holds(target) for target in step.targets)
        if self.reach is Reach.EXACT:
            return sorted(fold(self.words[1:])) == sorted(fold(step.argv[1:]))
        given = {*fold(step.argv), *fold(step.options), *(word.partition("=")[0] for word in fold(step.argv))}
        operands = [word for word in self.words[1:] if word[:1] != "-"]
        known = fold(step.operands)
        row = row_of(name)
        if row is not None and "sub" in row.flags and operands and known and fold(operands)[0].startswith(known[0]):
            known[0] = fold(operands)[0]  # some programs take their subcommands abbreviated
        in_order = (
            known[: len(operands)] == fold(operands) if known != fold(step.argv[1:]) else follows(operands, known)
        )
        return (in_order or any(map(is_wild, operands))) and all(
            word in given or letters(word) <= given or is_wild(word) for word in fold(self.words[1:]) if word[:1] == "-"
        )

    def _names_loosely(self, words: frozenset[str]) -> bool:
        """Whether its words all occur; a word with a wildcard may be any that it matches."""
        if not words or self.reach is Reach.ANYTHING:
            return bool(words)
        program = self.words[0].rpartition("/")[2].casefold()
        found = set(fold(words))
        if not (program in found or any(is_wild(word) and fnmatchcase(program, word) for word in found)):
            return False
        if self.prefix is not None:
            return True
        return all(word in found or word[:1] == "-" or is_wild(word) for word in fold(self.words[1:]))


@cache
def standard(words: tuple[str, ...]) -> tuple[str, ...]:
    """`canonical`, remembered: rules are compared often, and need the table only then."""
    return canonical(words) if words else words


@cache
def effects_of(words: tuple[str, ...]) -> Effect:
    """What a command does by these words alone: what further arguments may do too."""
    reading = read(canonical(words)) if words else None
    if reading is None:
        return Effect.NONE
    if any("lacks its value" in deed.why for deed in reading.deeds):
        return effects_of((*words, "value"))
    read_further(reading)
    found = reading.row.wide if reading.bare else Effect.NONE
    for deed in () if reading.bare else reading.deeds:
        found |= deed.effect if deed.at < len(words) else Effect.NONE
    for subject in reading.subjects:
        found |= EFFECTS.get(subject.role, Effect.NONE)
    return found


def _prefix(word: str) -> Prefix:
    url: UrlFacts = look_at_url(word[:-1])
    path = urlsplit(word[:-1]).path
    if url.trouble or ".." in unquote(path).split("/") or "*" in word[:-1]:
        raise InvalidParams(
            f"`{word}`: {url.trouble or 'a path goes up again'}; write for example https://example.org/*"
        )
    return Prefix(url.scheme, url.host, url.port, path)


def fold(words: Iterable[str]) -> list[str]:
    return [word.casefold() for word in words if word not in WORTH_NOTHING]


def is_wild(word: str) -> bool:
    return any(char in word for char in "*?[")


def letters(word: str) -> set[str]:
    """A bundle of short options taken apart."""
    return {f"-{letter}" for letter in word[1:]} if word[:1] == "-" and word[:2] != "--" else {word}


def follows(words: Iterable[str], among: Iterable[str]) -> bool:
    """Whether the words occur in this order."""
    rest = iter(among)
    return all(word.casefold() in rest for word in words)
