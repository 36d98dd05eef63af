"""What options and roles cannot say of a program: one small reader for each that needs it. Pure; a reader only adds
findings and subjects to what the option engine read."""

import re
from collections.abc import Callable
from typing import Final

from pegboard.gate.command import scripts
from pegboard.gate.command.facts import ALWAYS, Effect, Finding, Weight
from pegboard.gate.command.options import Reading, Subject

Reader = Callable[[Reading], None]

PAGER_START: Final = re.compile(r"\+(\d+|G|F|/[\w .-]+)?")
INTEGER: Final = re.compile(r"\s*[+-]?\d+\s*")
TEST_FILE: Final = frozenset("-" + letter for letter in "abcdefghkLNOprsuwxGS")
TEST_TEXT: Final = frozenset({"-n", "-z", "-t"})
TEST_NUMBER: Final = frozenset({"-eq", "-ne", "-lt", "-le", "-gt", "-ge"})
TEST_WORDS: Final = frozenset({"=", "==", "!=", "<", ">"})
TEST_FILES: Final = frozenset({"-nt", "-ot", "-ef"})
TEST_JOINS: Final = frozenset({"!", "(", ")", "-a", "-o", "]"})
ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
GOALS: Final = re.compile(r":?([\w-]+:)*(clean|validate|(test-?)?[cC]ompile\w*|test\w*|package|verify|build|check|assemble\w*|tasks|dependencies|projects|jar|lint\w*|classes)")
REMOTE_PATH: Final = re.compile(r"[^/]*:")
BRANCH_LISTS: Final = ("-l", "--list", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at", "-n", "-v", "-d", "-D", "-u", "--set-upstream-to")
NPM_READ_ONLY: Final = frozenset({"version", "help", "audit", "dist-tag", "owner", "doctor", "query"})
OLD_TAR: Final = re.compile(r"[ctvzjJfpk]+")
CURL_GLOB: Final = frozenset("[]{}")
COMPILER_HOOKS: Final = ("-fplugin", "-B", "-wrapper", "-specs", "--specs", "-Wl,", "-Wa,", "-Wp,", "-Xlinker", "@", "-fuse-ld", "-iplugin", "-dump", "-save-temps")


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
        return
    if not reading.operands:
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
            reading.findings.append(Finding(at, Effect.NONE, Weight.CONFINED, f"{reading.words[at]} is unknown to find"))
        else:
            roles = "l" if what == "start" else what
            first = at if what == "start" else at + 1
            for index, (role, value) in enumerate(zip(roles, arguments, strict=False)):
                reading.subjects.append(Subject(first + index, role, value))


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
        reading.findings.append(Finding(scripts_given[0].at, Effect.EXEC, Weight.CONFINED, trouble))


def program_text(trouble_of: Callable[[str], str]) -> Reader:
    """A reader for programs whose first operand is a program in a language of their own."""

    def check(reading: Reading) -> None:
        for subject in reading.subjects:
            if subject.role == "p" and (trouble := trouble_of(subject.value)):
                reading.findings.append(Finding(subject.at, Effect.EXEC, Weight.DOUBT, trouble))

    return check


def yq(reading: Reading) -> None:
    words = [(at, word) for at, word in reading.operands if word not in ("e", "ea", "eval", "eval-all")]
    reading.subjects = [one for one in reading.subjects if one.at not in dict(reading.operands)]
    in_place = reading.given("-i", "--in-place", "--inplace")
    for index, (at, word) in enumerate(words):
        if index == 0 and (trouble := scripts.yq_trouble(word)):
            reading.findings.append(Finding(at, Effect.EXEC, Weight.DOUBT, trouble))
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
        elif follows and word in TEST_FILE | TEST_TEXT:
            reading.subjects.append(Subject(at + 1, "l" if word in TEST_FILE else "t", follows[0]))
            at += 2
        else:
            if word[:1] == "-" and len(word) > 1 and word not in TEST_JOINS:
                reading.doubt(at, f"{word} is unknown to test")
            at += 1


def test_pair(reading: Reading, at: int, operator: str) -> None:
    for place in (at, at + 2):
        value = reading.words[place]
        if operator in TEST_NUMBER and not INTEGER.fullmatch(value):
            reading.doubt(place, f"{value} is no number")
        if operator in TEST_FILES:
            reading.subjects.append(Subject(place, "l", value))


def date(reading: Reading) -> None:
    for at, word in reading.operands:
        if not word.startswith("+"):
            reading.doubt(at, f"{word} sets the clock")


def ps(reading: Reading) -> None:
    for at, word in reading.operands:
        if not word.isdigit() and not set(word) <= set("auxfwljT"):
            reading.find(at, "secret")


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


def shell(reading: Reading) -> None:
    if reading.given("-c"):
        reading.subjects = [one for one in reading.subjects if one.at not in dict(reading.operands)]
        if reading.operands:
            at, text = reading.operands[0]
            reading.subjects.append(Subject(at, "c", text))
    elif not reading.operands or reading.given("-s"):
        if not reading.given("--version", "--help"):
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
    for at, words in list(reading.nested):
        if words[0].endswith(".py"):
            reading.nested.remove((at, words))
            reading.subjects.append(Subject(at, "r", words[0]))
            reading.subjects.extend(Subject(at + 1 + index, "a", word) for index, word in enumerate(words[1:]))


def xargs(reading: Reading) -> None:
    reading.doubt(ALWAYS, f"{reading.words[0]} takes arguments from its input", Effect.READ)


def npm(reading: Reading) -> None:
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
        if word.startswith(COMPILER_HOOKS):
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
    for subject in reading.subjects:
        if subject.role == "q" and not re.fullmatch(r"(?!-)[\w.-]+", subject.value):
            reading.doubt(subject.at, f"{subject.value} may be any address")


def gitconfig(reading: Reading) -> None:
    asked = reading.given("--get", "--get-all", "--get-regexp", "-l", "--list")
    words = [word for _, word in reading.operands]
    if not asked and len(words) > 1 and words[0] not in ("get", "list"):
        reading.find(reading.operands[0][0], "config")


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
        reading.subjects.extend(Subject(at, "R", word) for at, word in operands)
    elif not modes & {"t", "list"}:
        unpacks(reading)


def unpacks(reading: Reading) -> None:
    reading.find(reading.head, "write")
    reading.doubt(ALWAYS, f"{reading.words[0]} writes files that are named in the archive", Effect.WRITE)


def unzip(reading: Reading) -> None:
    if not reading.given("-l", "-v", "-Z", "-t", "-p", "-z"):
        unpacks(reading)


def gzip(reading: Reading) -> None:
    if reading.given("-c", "-l", "-t", "--stdout", "--list", "--test") or reading.words[0].endswith("cat"):
        retype(reading, "m", "r")


def curl(reading: Reading) -> None:
    for subject in reading.subjects:
        if subject.role == "u" and CURL_GLOB & set(subject.value):
            reading.doubt(subject.at, f"{subject.value} is a pattern of addresses")


def ssh(reading: Reading) -> None:
    """The words behind the host are one text for the shell there."""
    reading.subjects = [one for one in reading.subjects if one.role != "c" or one.at not in dict(reading.operands)]
    if len(reading.operands) > 1:
        reading.subjects.append(Subject(reading.operands[1][0], "c", " ".join(word for _, word in reading.operands[1:])))


def rsync(reading: Reading) -> None:
    for at, word in reading.operands:
        if REMOTE_PATH.match(word):
            reading.find(at, "send")
            reading.doubt(at, f"{word} is on another machine")


def kubectl(reading: Reading) -> None:
    for at, word in reading.operands:
        if "secret" in word.lower() or word.lower() in ("all", "cm", "configmaps"):
            reading.find(at, "secret")


READERS: Final[dict[str, Reader]] = {
    **{one.__name__: one for one in (
        pager, copy, remove, dd, grep, rg, fd, find, sed, yq, printf, test, date, ps, env, script, shell, builtin, runner,
        xargs, npm, npmread, response, compiler, make, goals, gorun, git, gitconfig, tar, unzip, gzip, curl, ssh, rsync,
        kubectl,
    )},
    "awk": program_text(scripts.awk_trouble),
    "jq": program_text(scripts.jq_trouble),
    "python": script,
    "link": lambda reading: None,
}  # fmt: skip
