"""The little languages that programs take as an argument: sed, awk, jq, yq, find. Says only whether a text is known to
do nothing but read and print; what is not is named, never guessed at."""

import re
from collections.abc import Iterator
from typing import Final

SED_ADDRESS: Final = re.compile(r"(?:\d+(?:~\d+)?|\$)?")
SED_BETWEEN: Final = re.compile(r"[IM]*[ \t]*(?:(,)[ \t]*[+~]?)?")
SED_NEGATED: Final = re.compile(r"[ \t!]*")
SED_PLAIN: Final = re.compile(r"[=dDgGhHlnNpPqQxzF][ \t]*\d*|[btT:][ \t]*[\w.-]*", re.ASCII)
SED_FLAGS: Final = re.compile(r"[gpiIMm0-9]*")
SED_TEXT: Final = re.compile(r"[aic](?:[^\\\n]|\\.)*", re.DOTALL)
SED_BEHIND: Final = re.compile(r"[ \t]*(?:$|(?=[;\n}]))")
SED_PART: Final = re.compile(r"(?:\\.|\[\^?(?:\[:\w+:\]|\\[A-Za-z.+*-]|[^]\[\\])+\]|[^\[\\])*")
"""A part whose brackets end before its delimiter however they are read."""

AWK_STRING: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"', re.DOTALL)
AWK_UNSAFE: Final = re.compile(
    r"\b(?:system|getline|ENVIRON|PROCINFO|SYMTAB|FUNCTAB|ARGV|ARGC|ARGIND|close|fflush)\b|@"
)
AWK_BRACKETS: Final = re.compile(r"\([^()]*\)")
AWK_OUTPUT: Final = re.compile(r"\bprintf?\b")
JQ_UNSAFE: Final = re.compile(
    r'\$(?:__prog\w*|ENV)\b|(?<![.\w"$])env\b|\b(?:include|import|modulemeta|get_search_list)\b'
)
YQ_UNSAFE: Final = re.compile(r"\$ENV\b|(?<![.\w])(?:env|strenv|envsubst|load\w*|system|eval)\b")


class Unreadable(Exception):
    """A text with something in it that is not known to be harmless."""


def sed_trouble(script: str) -> str:
    """Why a sed script may do more than print; empty when it does not."""
    at = 0
    try:
        while at < len(script):
            at = sed_command(script, at) if script[at] not in " \t\n;" else at + 1
    except Unreadable as trouble:
        return str(trouble)
    return ""


def sed_command(script: str, at: int) -> int:
    """Step over one command with its addresses."""
    for _ in range(2):
        if script[at : at + 1] in ("/", "\\"):
            at = sed_part(script, at + (script[at] == "\\"))
        else:
            at = past(SED_ADDRESS, script, at)
        between = SED_BETWEEN.match(script, at)
        if not between:
            break
        at = between.end()
        if not between[1]:
            break
    at = past(SED_NEGATED, script, at)
    command = script[at : at + 1]
    if command and command in "{}":
        return at + 1
    if command and command in "aic":
        return past(SED_TEXT, script, at)
    if command and command in "sy":
        at = sed_part(script, sed_part(script, at + 1) - 1)
        return past(SED_BEHIND, script, past(SED_FLAGS, script, at) if command == "s" else at)
    return past(SED_BEHIND, script, past(SED_PLAIN, script, at))


def past(pattern: re.Pattern[str], script: str, at: int) -> int:
    found = pattern.match(script, at)
    if not found:
        raise Unreadable(f"sed's {script[at : at + 1] or 'missing command'} may read, write or run something")
    return found.end()


def sed_part(script: str, at: int) -> int:
    """From a delimiter to behind the one that closes it."""
    mark = script[at : at + 1]
    begin = at = at + 1
    while script[at : at + 1] not in (mark, "\n", ""):
        at += 2 if script[at] == "\\" else 1
    if not mark or mark in "\\\n" or script[at : at + 1] != mark:
        raise Unreadable("a sed expression that does not end on its line")
    if not SED_PART.fullmatch(script, begin, at):
        raise Unreadable("a sed expression with brackets that can be read in two ways")
    return at + 1


def awk_trouble(program: str) -> str:
    """Why an awk program may do more than read its files and print; empty when it does not."""
    if found := AWK_UNSAFE.search(program):
        return f"{found[0]} in an awk program"
    # Where a regular expression or a comment may hold a quote, what is inside a string cannot be told.
    bare = AWK_STRING.sub("0", program)
    clear = '"' not in bare and "/" not in program and "#" not in program
    bare = bare if clear else program
    if "|" in bare.replace("||", ""):
        return "a pipe in an awk program"
    if clear:
        # What stands before the first action or in brackets is compared, never written to.
        bare = bare[max(bare.find("{"), 0) :]
        while (flat := AWK_BRACKETS.sub("", bare)) != bare:
            bare = flat
    if ">" in bare and AWK_OUTPUT.search(bare):
        return "what may be a redirection in an awk program"
    return ""


def jq_trouble(program: str) -> str:
    """Why a jq program may read more than its input; empty when it does not."""
    found = JQ_UNSAFE.search(program)
    return f"{found[0]} in a jq program" if found else ""


def yq_trouble(program: str) -> str:
    """Why a yq expression may read more than its input; empty when it does not."""
    found = YQ_UNSAFE.search(program)
    return f"{found[0]} in a yq expression" if found else ""


_FIND_FLAGS: Final = (
    "-depth -d -mount -xdev -daystart -empty -executable -readable -writable -false -true -print -print0 -prune -quit "
    "-ls -nouser -nogroup -noleaf -not -and -a -o -or ! ( ) , -warn -nowarn -ignore_readdir_race "
    "-noignore_readdir_race -P --help --version -help -version -O0 -O1 -O2 -O3"
)
_FIND_TEXTS: Final = (
    "-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -size -mtime -mmin -atime "
    "-amin -ctime -cmin -perm -user -group -uid -gid -links -inum -maxdepth -mindepth -fstype -printf -lname -ilname "
    "-used -context -newermt -newerat -newerct -newerBt -D"
)
FIND_FLAGS: Final = frozenset(_FIND_FLAGS.split())
FIND_ROLES: Final = {
    **dict.fromkeys(_FIND_TEXTS.split(), "t"),
    **dict.fromkeys(("-newer", "-anewer", "-cnewer", "-samefile"), "l"),
    **{f"-newer{one}{two}": "l" for one in "aBcm" for two in "aBcm"},
    **dict.fromkeys(("-fprint", "-fprint0", "-fls"), "w"),
    "-fprintf": "wt",
}
FIND_USES: Final = {"-delete": "delete", "-follow": "ask", "-L": "ask", "-H": "ask", "-files0-from": "outside"}
FIND_RUNS: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


def find_parts(words: tuple[str, ...]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """A find expression as (index, what, its arguments): what is `start`, `run`, `roles`, `unknown` or a use of the
    table; flags without effect are left out."""
    at, starting = 1, True
    while at < len(words):
        word = words[at]
        starting = starting and word not in ("!", "(", ",") and (word[:1] != "-" or word in ("-H", "-L", "-P", "-"))
        if word in FIND_RUNS:
            end = next((one for one in range(at, len(words)) if words[one] in (";", "+")), len(words))
            yield at, "run", words[at + 1 : end]
            at = end
        elif word in FIND_ROLES:
            yield at, FIND_ROLES[word], words[at + 1 : at + 1 + len(FIND_ROLES[word])]
            at += len(FIND_ROLES[word])
        elif word in FIND_USES:
            yield at, FIND_USES[word], ()
        elif starting and word != "-P":
            yield at, "start", (word,)
        elif word not in FIND_FLAGS:
            yield at, "unknown", ()
        at += 1
