"""What the options of programs that handle files, searches and archives cannot say. Pure."""

import re
from typing import Final

from pegboard.gate.command.facts import ALWAYS, Deed, Effect, Weight
from pegboard.gate.command.options import Reading, Subject
from pegboard.gate.command.programs import scripts

PAGER_START: Final = re.compile(r"\+(\d+|G|F|/[\w .-]+)?")
REMOTE_PATH: Final = re.compile(r"[^/]*:")
OLD_TAR: Final = re.compile(r"[ctvzjJfpk]+")


def retype(reading: Reading, role: str, meant: str) -> None:
    """Give what has a role another one."""
    reading.subjects = [
        Subject(one.at, meant, one.value) if one.role == role else one for one in reading.subjects
    ]  # fmt: skip


def pager(reading: Reading) -> None:
    for at, word in reading.operands:
        if word.startswith("+") and not PAGER_START.fullmatch(word):
            reading.find(at, "exec")


def copy(reading: Reading) -> None:
    """With -t every operand is a source."""
    if "-t" in reading.values and reading.operands:
        last = reading.operands[-1][0]
        source = "m" if reading.row.name == "mv" else "r"
        reading.subjects = [Subject(one.at, source, one.value) if one.at == last else one for one in reading.subjects]
    if "tree" in reading.uses:
        retype(reading, "r", "R")


def remove(reading: Reading) -> None:
    if "tree" in reading.uses:
        retype(reading, "d", "D")


def dd(reading: Reading) -> None:
    roles = {"if": "r", "of": "w"}
    reading.subjects = []
    for at, word in reading.operands:
        key, _, value = word.partition("=")
        reading.subjects.append(Subject(at, roles.get(key, "t"), value))


def grep(reading: Reading) -> None:
    recursive = "tree" in reading.uses or any(
        one.value == "recurse" for name in ("-d", "--directories") for one in reading.values.get(name, ())
    )
    if recursive:
        search_tree(reading)


def search_tree(reading: Reading) -> None:
    """A search that goes into folders, from the current one when it names none."""
    retype(reading, "r", "R")
    if not any(one.role == "R" for one in reading.subjects):
        reading.subjects.append(Subject(ALWAYS - 1, "R", "."))


def rg(reading: Reading) -> None:
    if reading.given("--files", "--type-list"):
        retype(reading, "p", "l")
        retype(reading, "r", "l")
    else:
        search_tree(reading)


def fd(reading: Reading) -> None:
    if reading.given("-x", "--exec", "-X", "--exec-batch"):
        retype(reading, "l", "R")
        search_tree(reading)
    elif not reading.operands:
        reading.subjects.append(Subject(ALWAYS - 1, "l", "."))


def find(reading: Reading) -> None:
    reading.subjects = []
    for at, what, arguments in scripts.find_parts(reading.words):
        if what == "run":
            reading.find(at, "exec")
            if arguments:
                reading.nested.append((at + 1, arguments))
        elif what in ("delete", "ask", "outside"):
            reading.find(at, what)
        elif what == "unknown":
            reading.deeds.append(Deed(at, Effect.NONE, Weight.CONFINED, f"{reading.words[at]} is unknown to find"))
        else:
            roles = "l" if what == "start" else what
            first = at if what == "start" else at + 1
            for index, (role, value) in enumerate(zip(roles, arguments, strict=False)):
                reading.subjects.append(Subject(first + index, role, value))
    if reading.nested:
        retype(reading, "l", "R")
        search_tree(reading)


def tar(reading: Reading) -> None:
    """Which way an archive goes decides what its name and its members are."""
    operands = list(reading.operands)
    archives = list(reading.values.get("-f", ()))
    modes = {name.lstrip("-") for name in reading.names}
    if operands and operands[0][0] == 1:
        at, letters = operands.pop(0)
        if not OLD_TAR.fullmatch(letters):
            reading.doubt(at, f"{letters} is no known mode of tar")
        modes |= set(letters)
        if "f" in letters and operands:
            archives = [Subject(*operands[0][:1], "t", operands.pop(0)[1])]
    reading.subjects = [one for one in reading.subjects if one not in archives and one.at not in dict(reading.operands)]
    making = bool(modes & {"c", "create", "r", "append", "u", "update", "A"})
    for one in archives:
        if ":" in one.value:
            reading.find(one.at, "send")
            reading.doubt(one.at, f"{one.value} is on another machine")
        elif one.value != "-":
            reading.subjects.append(Subject(one.at, "w" if making else "r", one.value))
    if making:
        reading.find(1, "write")
        reading.subjects.extend(Subject(at, "R", word) for at, word in operands)
    elif modes & {"x", "extract", "get"}:
        unpacks(reading)
    elif len(reading.words) > 1 and not modes & {"t", "list"}:
        reading.doubt(ALWAYS, "what tar is to do is not said")


def unpacks(reading: Reading) -> None:
    reading.find(reading.head, "write")
    reading.doubt(ALWAYS, f"{reading.words[0]} writes files that are named in the archive", Effect.WRITE)


def unzip(reading: Reading) -> None:
    if not reading.given("-l", "-v", "-Z", "-t", "-p", "-z"):
        unpacks(reading)


def gzip(reading: Reading) -> None:
    if reading.given("-c", "-l", "-t", "--stdout", "--list", "--test") or reading.words[0].endswith("cat"):
        retype(reading, "m", "r")
    elif reading.words[0].startswith(("gun", "bun", "un")) or reading.given("-d", "--decompress"):
        reading.doubt(ALWAYS, f"{reading.words[0]} writes names without their ending", Effect.WRITE)


def rsync(reading: Reading) -> None:
    for at, word in reading.operands:
        if REMOTE_PATH.match(word):
            reading.find(at, "send")
            reading.find(at, "host")
            reading.doubt(at, f"{word} is on another machine")


def link(reading: Reading) -> None:
    """Nothing more: where links lie and lead is looked at with the files."""
