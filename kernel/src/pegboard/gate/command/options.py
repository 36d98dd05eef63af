"""From a program's row and its words to what they do: options with values, bundles and abbreviations, then operands by
role. Pure; what needs the world (files) or a language of its own (sed, find) is left to others as subjects."""

import re

from msgspec import Struct, field

from pegboard.gate.command.facts import ALWAYS, Deed, Effect, Weight
from pegboard.gate.command.programs.uses import USES
from pegboard.gate.command.row import Option, Row, row_of

NAMELESS = ("--help", "--version")
DASHED = re.compile(r"--?[A-Za-z]")
"""A word behind an option that some programs take as its value and others as an option."""


class Subject(Struct, frozen=True):
    """A value with a role that somebody has to look at. `at` counts the words."""

    at: int
    role: str
    value: str


class Reading(Struct, kw_only=True):
    """What one command line says. Filled by `read`, then by the row's reader."""

    words: tuple[str, ...]
    row: Row
    head: int = 0
    """Where the program's or subcommand's name stands."""
    deeds: list[Deed] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    operands: list[tuple[int, str]] = field(default_factory=list)
    values: dict[str, list[Subject]] = field(default_factory=dict)
    """The values of each option, by its first name."""
    names: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    nested: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    bare: bool = False
    """A subcommand could follow, and none does."""
    ended: int = ALWAYS
    """Where `--` stands."""

    def find(self, at: int, use: str, about: str = "") -> None:
        """Note that the word at `at` has the effect that the table calls `use`."""
        effect, weight, why = USES[use].effect, USES[use].weight, USES[use].why
        self.deeds.append(Deed(at, effect, weight, f"{about or self.words[min(at, len(self.words) - 1)]} {why}"))

    def doubt(self, at: int, why: str, effect: Effect = Effect.NONE, weight: Weight = Weight.DOUBT) -> None:
        self.deeds.append(Deed(at, effect, weight, why))

    def given(self, *names: str) -> bool:
        return not self.names.isdisjoint(names)


def read(words: tuple[str, ...]) -> Reading | None:
    """What a command line says, None when its program is not in the table."""
    row = row_of(words[0])
    if row is None:
        return None
    reading = Reading(words=words, row=row)
    at = read_options(reading, 1)
    while "sub" in reading.row.flags and at < len(words):
        row = row_of(f"{reading.row.name} {words[at]}")
        if row is None:
            if reading.row.operands:
                break
            unknown(reading, ALWAYS, f"{words[at]} is no known subcommand of {reading.row.name}")
            return reading
        reading.row, reading.head = row, at
        at = read_options(reading, at + 1)
    reading.bare = "sub" in reading.row.flags and at >= len(words)
    note_row(reading)
    if "sub" in reading.row.flags:
        reading.operands.extend((index, words[index]) for index in range(at, len(words)))
    assign(reading)
    return reading


def note_row(reading: Reading) -> None:
    row = reading.row
    for use in row.uses:
        about = reading.row.name if use in ("ask", "exec") else ""
        reading.find(ALWAYS if use in ("ask", "exec") else reading.head, use, about)
    if reading.bare:
        reading.deeds.append(Deed(reading.head, row.wide))


def unknown(reading: Reading, at: int, why: str) -> None:
    reading.deeds.append(Deed(at, Effect.NONE, Weight.CONFINED, why))


def read_options(reading: Reading, at: int) -> int:
    """Take options, and operands where they may be mixed; returns where a subcommand would stand."""
    row, words = reading.row, reading.words
    strict = not row.flags.isdisjoint({"posix", "sub"})
    while at < len(words):
        word = words[at]
        if "raw" in row.flags and "sub" not in row.flags:
            reading.operands.append((at, word))
            at += 1
        elif word == "--":
            reading.ended = at
            for index in range(at + 1, len(words)):
                if row.rest:
                    reading.subjects.append(Subject(index, row.rest, words[index]))
                else:
                    reading.operands.append((index, words[index]))
            return len(words)
        elif len(word) > 1 and word[0] == "-":
            at = read_option(reading, at)
            if reading.subjects and reading.subjects[-1].role == "M":
                module = reading.subjects.pop()
                reading.nested.append((module.at, (module.value, *words[at:])))
                return len(words)
        elif "sub" in row.flags:
            return at
        elif strict:
            reading.operands.extend((index, words[index]) for index in range(at, len(words)))
            return len(words)
        else:
            reading.operands.append((at, word))
            at += 1
    return at


def read_option(reading: Reading, at: int) -> int:
    word, options = reading.words[at], reading.row.options
    if word.startswith("--") or "go" in reading.row.flags or (len(word) > 2 and word.partition("=")[0] in options):
        return read_long(reading, at)
    place = 1
    while place < len(word):
        name = f"-{word[place]}"
        option = options.get(name)
        reading.names.add(name)
        if option is None and word[place].isdigit() and "-#" in options:
            option = options["-#"]
            while place + 1 < len(word) and word[place + 1].isdigit():
                place += 1
        if option is None:
            unknown(reading, at, f"{word}: {name} is no known option of {reading.row.name}")
            return at + 1
        rest = word[place + 1 :]
        if option.roles and not option.short_bare:
            return take(reading, at, option, rest or None)
        take(reading, at, option, None)
        place += 1
    return at + 1


def read_long(reading: Reading, at: int) -> int:
    word, row = reading.words[at], reading.row
    name, equals, value = word.partition("=")
    go = "go" in row.flags
    if go and name.startswith("--"):
        name = name[1:]
    reading.names.add(name)
    option = row.options.get(name)
    if option is None:
        meant = [] if go else {id(one): one for key, one in row.options.items() if key.startswith(name)}.values()
        for one in meant:
            reading.names.update(one.names)
            for use in one.uses:
                reading.find(at, use, word)
        if meant:
            unknown(reading, at, f"{word} is an abbreviation; spelt in full it may be covered")
        elif word not in NAMELESS or reading.words[0] == "git":
            unknown(reading, at, f"{word} is no known option of {row.name}")
        return at + 1
    if equals and not option.roles and not (go and value in ("true", "false")):
        unknown(reading, at, f"{name} of {row.name} takes no value")
        return at + 1
    return take(reading, at, option, value if equals else None)


def take(reading: Reading, at: int, option: Option, value: str | None) -> int:
    """Note an option and its values; returns where the next word stands."""
    reading.names.update(option.names)
    reading.uses.update(option.uses)
    for use in option.uses:
        reading.find(at, use, option.names[-1])
    here = at
    for index, role in enumerate(option.roles):
        if index or value is None:
            if option.attached:
                break
            here += 1
            if here >= len(reading.words):
                reading.doubt(at, f"{option.names[-1]} lacks its value")
                break
            value = reading.words[here]
            if DASHED.match(value) and role != "p" and "go" not in reading.row.flags:
                reading.doubt(here, f"{value} may be an option and no value of {option.names[-1]}")
        subject = Subject(here, role, value)
        reading.subjects.append(subject)
        reading.values.setdefault(option.names[0], []).append(subject)
    return here + 1


def assign(reading: Reading) -> None:
    """Give each operand its role: from the front, from the back, and what may repeat between."""
    roles = [role for role in reading.row.operands if not (role == "p" and pattern_given(reading))]
    words = reading.operands
    star = next((index for index, role in enumerate(roles) if role.endswith("*")), None)
    if star is None:
        for (at, word), role in zip(words, roles, strict=False):
            give(reading, at, role, word)
        for at, word in words[len(roles) :]:
            reading.doubt(at, f"{word} is one argument more than {reading.row.name} takes")
        return
    tail = roles[star + 1 :]
    back = max(min(len(tail), len(words) - star), 0)
    for index, (at, word) in enumerate(words):
        role = roles[index] if index < star else roles[star][0]
        if index >= len(words) - back:
            role = tail[index - len(words)]
        give(reading, at, role, word)
        if role == "x":
            return


def give(reading: Reading, at: int, role: str, word: str) -> None:
    if role == "x":
        reading.nested.append((at, reading.words[at:]))
        return
    reading.subjects.append(Subject(at, role, word))


def pattern_given(reading: Reading) -> bool:
    return any(subject.role in "pP" for values in reading.values.values() for subject in values)
