"""What the arguments of programs with a language of their own say. Pure."""

import re
from collections.abc import Callable
from typing import Final

from pegboard.gate.command.facts import Deed, Effect, Weight
from pegboard.gate.command.options import Reading, Subject
from pegboard.gate.command.programs import scripts

INTEGER: Final = re.compile(r"\s*[+-]?\d+\s*")
TEST_FILE: Final = frozenset("-" + letter for letter in "abcdefghkLNOprsuwxGS")
TEST_TEXT: Final = frozenset({"-n", "-z"})
TEST_NUMBER: Final = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
TEST_WORDS: Final = frozenset({"=", "==", "!=", "<", ">"})
TEST_FILES: Final = frozenset({"-nt", "-ot", "-ef"})
TEST_JOINS: Final = frozenset({"!", "(", ")", "-a", "-o", "]"})


Reader = Callable[[Reading], None]


def sed(reading: Reading) -> None:
    scripts_given = reading.values.get("-e", []) + reading.values.get("-f", [])
    operands = list(reading.operands)
    if not scripts_given and operands:
        at, text = operands.pop(0)
        scripts_given = [Subject(at, "p", text)]
    in_place = reading.given("-i", "--in-place")
    reading.subjects = [one for one in reading.subjects if one.role != "t" or one.at not in dict(reading.operands)]
    reading.subjects.extend(Subject(at, "w" if in_place else "r", word) for at, word in operands)
    text = "\n".join(one.value for one in scripts_given if one.role == "p")
    if trouble := scripts.sed_trouble(text):
        reading.deeds.append(Deed(scripts_given[0].at, Effect.EXEC, Weight.CONFINED, trouble))


def program_text(trouble_of: Callable[[str], str]) -> Reader:
    """A reader for programs whose first operand is a program in a language of their own."""

    def check(reading: Reading) -> None:
        for subject in reading.subjects:
            if subject.role == "p" and (trouble := trouble_of(subject.value)):
                reading.deeds.append(Deed(subject.at, Effect.EXEC, Weight.DOUBT, trouble))

    return check


def yq(reading: Reading) -> None:
    words = [(at, word) for at, word in reading.operands if word not in ("e", "ea", "eval", "eval-all")]
    reading.subjects = [one for one in reading.subjects if one.at not in dict(reading.operands)]
    in_place = reading.given("-i", "--in-place", "--inplace")
    for index, (at, word) in enumerate(words):
        if index == 0 and (trouble := scripts.yq_trouble(word)):
            reading.deeds.append(Deed(at, Effect.EXEC, Weight.DOUBT, trouble))
        if index or len(words) == 1:
            reading.subjects.append(Subject(at, "w" if in_place else "r", word))


def printf(reading: Reading) -> None:
    if len(reading.words) > 1 and reading.words[1][:1] == "-" and reading.words[1] != "--":
        reading.doubt(1, f"{reading.words[1]} is no format")


def test(reading: Reading) -> None:
    """Operators and their operands; a shell would evaluate some operands as arithmetic, so numbers are digits."""
    reading.subjects, words, at = [], reading.words, 1
    while at < len(words):
        word, follows = words[at], words[at + 1 : at + 2]
        if follows and words[at + 2 : at + 3] and follows[0] in TEST_NUMBER | TEST_WORDS | TEST_FILES:
            test_pair(reading, at, follows[0])
            at += 3
        elif follows and word == "-t":
            test_number(reading, at + 1)
            at += 2
        elif follows and word in TEST_FILE | TEST_TEXT:
            reading.subjects.append(Subject(at + 1, "l" if word in TEST_FILE else "t", follows[0]))
            at += 2
        else:
            if word[:1] == "-" and len(word) > 1 and word not in TEST_JOINS:
                reading.doubt(at, f"{word} is unknown to test")
            at += 1


def test_pair(reading: Reading, at: int, operator: str) -> None:
    for place in (at, at + 2):
        if operator in TEST_NUMBER:
            test_number(reading, place)
        if operator in TEST_FILES:
            reading.subjects.append(Subject(place, "l", reading.words[place]))


def test_number(reading: Reading, at: int) -> None:
    if not INTEGER.fullmatch(reading.words[at]):
        reading.doubt(at, f"{reading.words[at]} is no number")


def date(reading: Reading) -> None:
    for at, word in reading.operands:
        if not word.startswith("+"):
            reading.doubt(at, f"{word} sets the clock")


def ps(reading: Reading) -> None:
    for at, word in reading.operands:
        if not word.isdigit() and not set(word) <= set("auxfwljT"):
            reading.find(at, "secret")


awk = program_text(scripts.awk_trouble)
jq = program_text(scripts.jq_trouble)
