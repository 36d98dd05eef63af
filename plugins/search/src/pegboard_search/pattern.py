"""Glob patterns: braces expanded, one pattern as a regular expression over a file's path, and as lines of an ignore
file that let ripgrep skip the rest. Pure.

A pattern without a slash matches names at any depth; with one it is anchored at the folder searched. `*` and `?` stay
within a name, `**` crosses folders. A pattern that ends in a plain name or a slash also means everything below it.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

MAX_ALTERNATIVES: Final = 256
_MAGIC: Final = re.compile(r"[*?\[\\]")


class BadGlob(ValueError):
    """A pattern that cannot be read, or leaves the folder; the message says why."""


class Glob:
    """A pattern, ready to be asked."""

    def __init__(self, pattern: str) -> None:
        self._anchored = [form for each in expand(pattern) for form in _anchored(each)]
        try:
            self._regex = re.compile("|".join(f"(?:{expression(each)})" for each in self._anchored), re.DOTALL)
        except re.error as error:
            raise BadGlob(f"bad glob `{pattern}`: {error}") from error

    def matches(self, path: str) -> bool:
        """Whether the file at `path`, relative to the folder searched, is meant."""
        return self._regex.fullmatch(path) is not None

    def narrowing(self) -> str:
        """An ignore file that ignores all other files. It may let too much pass, never too little."""
        if "**" in self._anchored:
            return ""
        return "".join(["*\n!*/\n", *(f"!/{braces_escaped(each)}\n" for each in self._anchored)])


def expand(pattern: str) -> list[str]:
    """The patterns that `{a,b}` stands for. Raises BadGlob for a brace without its partner."""
    found = list(islice(_expand(pattern, pattern), MAX_ALTERNATIVES + 1))
    if len(found) > MAX_ALTERNATIVES:
        raise BadGlob(f"bad glob `{pattern}`: more than {MAX_ALTERNATIVES} alternatives")
    return found


def _expand(pattern: str, whole: str) -> Iterator[str]:
    start = _first_brace(pattern)
    if start is None:
        yield pattern
        return
    depth, begin = 0, start + 1
    choices: list[str] = []
    at = start
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            at += 1
        elif letter == "{":
            depth += 1
        elif letter == "," and depth == 1:
            choices.append(pattern[begin:at])
            begin = at + 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                break
        at += 1
    else:
        raise BadGlob(f"bad glob `{whole}`: a {{ without its }}")
    for choice in (*choices, pattern[begin:at]):
        yield from _expand(pattern[:start] + choice + pattern[at + 1 :], whole)


def _first_brace(pattern: str) -> int | None:
    found = re.match(r"(?:\\.|[^\\{])*\{", pattern, re.DOTALL)
    return None if found is None else found.end() - 1


def _anchored(pattern: str) -> list[str]:
    """The forms that a pattern has from the top of the folder searched."""
    parts = pattern.split("/")
    if ".." in parts:
        raise BadGlob(f"bad glob `{pattern}`: it leaves the folder; give that folder as path")
    is_rooted = pattern.startswith(("/", "./"))
    while parts and parts[0] in ("", "."):
        parts.pop(0)
    if not parts:
        return ["**"]
    is_folder = parts[-1] == ""
    if is_folder:
        parts.pop()
    top = "/".join(parts)
    if len(parts) == 1 and not is_rooted and top != "**":
        top = f"**/{top}"
    below = [] if _MAGIC.search(parts[-1]) and not is_folder else [f"{top}/**"]
    return below if is_folder else [top, *below]


def expression(pattern: str) -> str:
    """An anchored pattern without braces' alternatives as a regular expression."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        length, part = _token(pattern, at)
        parts.append(part)
        at += length
    return "".join(parts)


def _token(pattern: str, at: int) -> tuple[int, str]:
    """One piece of a pattern: its length and what it is as a regular expression."""
    letter = pattern[at]
    starts_part = at == 0 or pattern[at - 1] == "/"
    if starts_part and pattern.startswith("**/", at):
        return 3, "(?:[^/]+/)*"
    if starts_part and pattern[at:] == "**":
        return 2, ".+"
    if letter == "*":
        return 1, "[^/]*"
    if letter == "?":
        return 1, "[^/]"
    if letter == "\\" and at + 1 < len(pattern):
        return 2, re.escape(pattern[at + 1])
    if letter == "[" and (found := re.match(r"\[([!^]?)(\]?[^\]]*)\]", pattern[at:])):
        inside = found[2].replace("\\", r"\\").replace("[", r"\[").replace("&&", r"&\&").replace("~~", r"~\~")
        inside = f"\\{inside}" if inside.startswith(("]", "^")) else inside
        return found.end(), f"(?!/)[{'^' if found[1] else ''}{inside}]"
    return 1, re.escape(letter)


def braces_escaped(pattern: str) -> str:
    """A pattern for ripgrep, which would otherwise take literal braces for alternatives."""
    return re.sub(r"(?<!\\)[{}]", r"\\\g<0>", pattern)
