"""Values of options and operands that are judged by their text alone; never files, URLs or commands."""

import re
from typing import Final

from pegboard.gate.command.options import Reading, Subject

BARE_NAME: Final = re.compile(r"(@[\w.-]+/)?(?![-.])[\w.+@:%,=^~<>!\[\]#-]*|\.(\[[\w,]+\])?", re.ASCII)
REMOTE: Final = re.compile(r"\w[\w.-]*", re.ASCII)
SETTING: Final = re.compile(
    r"(?!(?:SHELL|PATH|IFS|VPATH|CURDIR|ENV|.*(?<!C)MAKE.*|LD_|.*FLAGS|exec\.|java\.|sun\.|.*\.exec))[A-Za-z_][\w.:-]*",
    re.ASCII,
)
QUIET_VALUE: Final = re.compile(
    r"\d*|y|n|yes|no|true|false|on|off|debug|release|RelWithDebInfo|MinSizeRel", re.IGNORECASE
)
TEST_NAME: Final = re.compile(r"[\w.#*,+$-]*", re.ASCII)
LINT: Final = re.compile(
    r"-[DWAF]|(-[DWAF])?[a-z_]+(::[a-z_]+)?|--check|--cap-lints|allow|warn|--edition|20\d\d|--verbose|-v", re.ASCII
)
HEADER: Final = re.compile(
    r"(accept|accept-language|content-type|cache-control|user-agent): *[\w/.+*;=, -]{1,60}", re.IGNORECASE | re.ASCII
)
LINKER: Final = re.compile(r"((-[sw]|-X [\w./-]+=[\w.+-]*)( |$))*", re.ASCII)
WARNING: Final = re.compile(r"(error|ignore|default|always|once|module)(:[^:]*(:(\w*Warning)?)?)?", re.ASCII)
REPORT: Final = re.compile(r"(term|term-missing)(:skip-covered)?|html|xml|json|lcov|annotate|")

NOTHING: Final = frozenset("tpB")
DOUBTS: Final = {
    "b": (BARE_NAME, "code", "is no plain name"),
    "o": (re.compile(r"(?!-)[\w.#-]+(/[\w.-]+)?", re.ASCII), "send", "is no name of a repository"),
    "S": (re.compile(r"\.?(bak|orig|old|backup|save)\d*|~"), "ask", "makes a name of its own"),
    "N": (re.compile(r"[\w+-]+", re.ASCII), "code", "may be a file that names programs"),
    "J": (LINKER, "code", "is passed to the linker"),
    "O": (re.compile(r"no:[\w.-]+"), "code", "loads a plugin"),
    "V": (REPORT, "ask", "names a place to write to"),
    "F": (LINT, "code", "is passed to the compiler"),
    "H": (HEADER, "send", "sends a header of its own"),
    "X": (re.compile("GET|HEAD|OPTIONS"), "send", "is a method that sends"),
    "Y": (re.compile(r"(?!@)(?!.*%(output|header|\{header)).*", re.DOTALL), "ask", "writes or reads a file"),
    "f": (re.compile(r"(?!.*%G).*", re.DOTALL), "exec", "asks for signatures, which runs a program"),
    "i": (WARNING, "code", "may load the module of a warning"),
    "q": (REMOTE, "send", "is no configured remote"),
}
"""What a role's text must look like, and what it does when it does not."""


def judge_text(reading: Reading, subject: Subject) -> bool:
    """Note what a value does; False when its role is not one that text decides."""
    role, value, at = subject.role, subject.value, subject.at
    if role in NOTHING:
        return True
    if role in DOUBTS:
        pattern, use, why = DOUBTS[role]
        if not pattern.fullmatch(value):
            reading.find(at, use, f"{value!r} {why}:")
        return True
    if role == "v":
        judge_setting(reading, at, value)
    elif role == "z":
        if value.startswith(("+", ":")):
            reading.find(at, "delete", value)
    elif role == "e":
        reading.find(at, "exec", value)
    elif role == "k":
        reading.find(at, "config", value)
    elif role == "h":
        reading.find(at, "send", value)
        reading.doubt(at, f"contacts {value}")
    else:
        return False
    return True


def judge_setting(reading: Reading, at: int, value: str) -> None:
    """`NAME=VALUE` for a build: harmless where no program or path can hide in it."""
    name, equals, content = value.partition("=")
    name = name.partition(":")[0] if reading.row.name.startswith("cmake") else name
    if not equals:
        return
    tests = name.startswith(("test", "skip", "it.test", "maven.test"))
    harmless = QUIET_VALUE.fullmatch(content) or (tests and TEST_NAME.fullmatch(content))
    if not SETTING.fullmatch(name) or not harmless:
        reading.find(at, "config", value)
