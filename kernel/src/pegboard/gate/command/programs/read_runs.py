"""What programs that run others, builders and speakers to the network say beyond their options. Pure."""

import re
from typing import Final

from pegboard.gate.command.facts import ALWAYS, Effect
from pegboard.gate.command.options import Reading, Subject

REMOTE: Final = re.compile(r"\w[\w.-]*", re.ASCII)
ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
GOALS: Final = re.compile(
    r":?([\w-]+:)*(clean|validate|(test-?)?[cC]ompile\w*|test\w*|package|verify|build|check|assemble\w*|tasks|dependencies|projects|jar|lint\w*|classes)"
)
_LISTS: Final = "-l --list --contains --no-contains --merged --no-merged --points-at -n -d -D -u --set-upstream-to"
BRANCH_LISTS: Final = tuple(_LISTS.split())
NPM_READ_ONLY: Final = frozenset({"version", "help", "audit", "dist-tag", "owner", "doctor", "query"})
CURL_GLOB: Final = frozenset("[]{}")
_HOOKS: Final = (
    "-fplugin -B -wrapper -specs --specs -Wl, -Wa, -Wp, -Xlinker @ -fuse-ld -iplugin -dump -fdump -MF -save-temps"
)
COMPILER_HOOKS: Final = tuple(_HOOKS.split())


def env(reading: Reading) -> None:
    reading.nested.clear()
    for at, word in reading.operands:
        if not ASSIGNMENT.match(word):
            reading.nested.append((at, reading.words[at:]))
            return
        reading.find(at, "config")
    if not reading.given("-S", "--help", "--version"):
        reading.find(ALWAYS, "secret", "env")


def script(reading: Reading) -> None:
    """An interpreter: of a file, of an argument, or of what it reads."""
    if reading.operands and reading.operands[0][1] != "-":
        return
    if not reading.given("-c", "-e", "-m", "-p", "-V", "-v", "-E", "-r", "--version", "--help", "--eval", "--test"):
        reading.doubt(ALWAYS, f"{reading.words[0]} runs what it reads from its input", Effect.EXEC)


python = script


def shell(reading: Reading) -> None:
    if reading.operands and reading.operands[0][1].startswith("+"):
        reading.doubt(ALWAYS, f"{reading.operands[0][1]} takes an option back", Effect.EXEC)
    if reading.given("-c"):
        reading.subjects = [one for one in reading.subjects if one.at not in dict(reading.operands)]
        if reading.operands:
            at, text = reading.operands[0]
            reading.subjects.append(Subject(at, "c", text))
    elif (not reading.operands or reading.given("-s")) and not reading.given("--version", "--help"):
        reading.doubt(ALWAYS, f"{reading.words[0]} runs what it reads from its input", Effect.EXEC)


def builtin(reading: Reading) -> None:
    name = reading.words[0]
    if name in ("eval", "trap"):
        reading.nested.clear()
        reading.subjects.append(Subject(1, "c", " ".join(reading.words[1:2] if name == "trap" else reading.words[1:])))
    elif name in ("source", "."):
        reading.nested.clear()
        reading.subjects.extend(Subject(at, "r", word) for at, word in reading.operands[:1])


def runner(reading: Reading) -> None:
    """A project's tool run by its package manager; a file of Python is run as a script."""
    if not reading.nested and not reading.given("--version", "-v", "--help", "-c", "--module", "-m"):
        reading.doubt(ALWAYS, f"{reading.row.name} starts a shell", Effect.EXEC)
    for at, words in list(reading.nested):
        if "://" in words[0]:
            reading.find(at, "install")
        if words[0].endswith(".py"):
            reading.nested.remove((at, words))
            reading.subjects.append(Subject(at, "r", words[0]))
            reading.subjects.extend(Subject(at + 1 + index, "a", word) for index, word in enumerate(words[1:]))


def xargs(reading: Reading) -> None:
    reading.doubt(ALWAYS, f"{reading.words[0]} takes arguments from its input", Effect.READ)


def npm(reading: Reading) -> None:
    if reading.operands and "://" in reading.operands[0][1]:
        reading.find(reading.operands[0][0], "install")
    if reading.operands and reading.operands[0][1] == "env":
        reading.find(reading.operands[0][0], "secret")


def npmread(reading: Reading) -> None:
    if reading.row.name.split()[-1] in NPM_READ_ONLY and reading.operands:
        reading.doubt(reading.operands[0][0], f"{reading.operands[0][1]} changes something")


def response(reading: Reading) -> None:
    for at, word in reading.operands:
        if word.startswith("@"):
            reading.find(at, "config")


def compiler(reading: Reading) -> None:
    for at, word in enumerate(reading.words):
        if word.startswith(COMPILER_HOOKS) or (word.startswith("-f") and "/" in word):
            reading.find(at, "code")


def make(reading: Reading) -> None:
    for subject in reading.subjects:
        if subject.role == "v" and re.search(r"[$`]", subject.value):
            reading.find(subject.at, "config")


def goals(reading: Reading) -> None:
    for at, word in reading.operands:
        if not GOALS.fullmatch(word):
            reading.doubt(at, f"{word} is no known goal")


def gorun(reading: Reading) -> None:
    if any("@" in word for _, word in reading.operands[:1]):
        reading.find(reading.operands[0][0], "install")


def git(reading: Reading) -> None:
    if any(one.role == "B" for one in reading.subjects):
        lists = reading.given(*BRANCH_LISTS)
        for subject in reading.subjects:
            if subject.role == "B" and not lists:
                reading.find(subject.at, "repo")
    for at, word in reading.operands:
        if reading.row.name == "git checkout" and (set("*?[") & set(word) or word.startswith(":")):
            reading.find(at, "delete")
    for subject in reading.subjects:
        if subject.role == "q" and not REMOTE.fullmatch(subject.value):
            reading.doubt(subject.at, f"{subject.value} may be any address")


def gitconfig(reading: Reading) -> None:
    asked = reading.given("--get", "--get-all", "--get-regexp", "-l", "--list")
    words = [word for _, word in reading.operands]
    if words[:1] == ["list"]:
        reading.doubt(reading.operands[0][0], "every setting is shown, and some hold credentials")
    elif not asked and len(words) > 1 and words[0] != "get":
        reading.find(reading.operands[0][0], "config")


def curl(reading: Reading) -> None:
    for subject in reading.subjects:
        if subject.role == "u" and CURL_GLOB & set(subject.value):
            reading.doubt(subject.at, f"{subject.value} is a pattern of addresses")


def ssh(reading: Reading) -> None:
    """The words behind the host are one text for the shell there."""
    reading.subjects = [one for one in reading.subjects if one.role != "c" or one.at not in dict(reading.operands)]
    if len(reading.operands) > 1:
        reading.subjects.append(
            Subject(reading.operands[1][0], "c", " ".join(word for _, word in reading.operands[1:]))
        )


def kubectl(reading: Reading) -> None:
    for at, word in reading.operands:
        if "secret" in word.lower() or word.lower() in ("all", "cm", "configmaps"):
            reading.find(at, "secret")
    for one in reading.values.get("-o", ()):
        if "file" in one.value:
            reading.doubt(one.at, f"{one.value} names a file")
