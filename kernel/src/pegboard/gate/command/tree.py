"""Files below folders: wildcards expanded, and what a program that takes a whole folder takes with it. No judging."""

import os
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from msgspec import Struct

from pegboard.gate.names import CREDENTIALS, DEPENDENCIES, PROTECTED, Names, is_key_file

MAX_ENTRIES: Final = 20_000
MAX_MATCHES: Final = 512


class TooMany(Exception):
    """A folder holds more than is looked at for one command."""


class Unclear(Exception):
    """A wildcard that is not expanded: it leads outside, or through a link."""


class Filter(Struct, frozen=True, kw_only=True):
    """Which files of a folder a search opens: by pattern of their names, and whether names with a dot count."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = True

    def takes(self, name: str) -> bool:
        if any(fnmatchcase(name, pattern) for pattern in self.exclude):
            return False
        return not self.include or any(fnmatchcase(name, pattern) for pattern in self.include)


EVERYTHING: Final = Filter()


@cache
def _names() -> tuple[Names, Names]:
    """Compiled once: most commands look below no folder."""
    return Names(CREDENTIALS), Names(PROTECTED)


def is_credential(path: str) -> bool:
    """Whether the name, relative to the workspace, is one of a file that holds credentials."""
    parts = [part for part in path.split("/") if part]
    return _names()[0].match(parts) or (bool(parts) and is_key_file(parts[-1]))


def is_protected(path: str) -> bool:
    """Whether the name, relative to the workspace, is one that later tools obey."""
    return _names()[1].match([part for part in path.split("/") if part])


def walk(folder: str, taken: Filter = EVERYTHING) -> Iterator[tuple[str, bool]]:
    """Every file below `folder`, absolute, and whether it is a link. Folders of downloaded packages count as one name.

    Raises TooMany.
    """
    waiting, seen = [folder], 0
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                entries = list(found)
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > MAX_ENTRIES:
                raise TooMany
            if not taken.hidden and entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name in taken.exclude:
                    continue
                if entry.name not in DEPENDENCIES:
                    waiting.append(entry.path)
                    continue
            elif not taken.takes(entry.name):
                continue
            yield entry.path, entry.is_symlink()


def expand(pattern: str, root: str, cwd: str) -> list[str]:
    """The words that a pattern with unquoted wildcards stands for, sorted; none when nothing matches.

    Raises Unclear where it leads out of the workspace or through a link, TooMany.
    """
    parts = _components(pattern)
    if pattern.startswith(("/", "~")) or any(literal == ".." for literal, _ in parts):
        raise Unclear("a wildcard reaches outside the folder that the command runs in")
    found = [""]
    for index, (literal, matcher) in enumerate(parts):
        last = index == len(parts) - 1
        found = [
            name for start in found for name in _matches(os.path.join(root, cwd), start, literal, matcher, last=last)
        ]
        if len(found) > MAX_MATCHES:
            raise TooMany
    return sorted(found)


def _matches(folder: str, start: str, literal: str, matcher: re.Pattern[str] | None, *, last: bool) -> Iterator[str]:
    here = os.path.join(folder, start)
    if matcher is None:
        if os.path.lexists(os.path.join(here, literal)):
            yield f"{start}{literal}" if last else f"{start}{literal}/"
        return
    if start and os.path.islink(here.rstrip("/")):
        raise Unclear(f"a wildcard goes through the link {start.rstrip('/')}")
    try:
        names = sorted(os.listdir(here))
    except OSError:
        return
    for name in names:
        if name.startswith(".") and not literal.startswith("."):
            continue
        if matcher.fullmatch(name) and (last or os.path.isdir(os.path.join(here, name))):
            yield f"{start}{name}" if last else f"{start}{name}/"


def _components(pattern: str) -> list[tuple[str, re.Pattern[str] | None]]:
    """Each component as (its first characters or itself, its matcher when it has wildcards)."""
    found: list[tuple[str, re.Pattern[str] | None]] = []
    for part in _split(pattern):
        plain = re.sub(r"\[([*?\[])\]", r"\1", part)
        wild = bool(re.search(r"[*?]|\[.+\]", re.sub(r"\[[*?\[]\]", "", part)))
        found.append((plain, re.compile(_expression(part), re.DOTALL) if wild else None))
    return found


def _split(pattern: str) -> list[str]:
    return [part for part in pattern.split("/") if part] + ([""] if pattern.endswith("/") else [])


def _expression(part: str) -> str:
    """A shell pattern for one name as a regular expression."""
    parts: list[str] = []
    at = 0
    while at < len(part):
        char = part[at]
        end = part.find("]", at + 2) if char == "[" else -1
        if end > 0:
            inside = part[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[^{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]")
            at = end
        else:
            parts.append({"*": ".*", "?": "."}.get(char, re.escape(char)))
        at += 1
    return "".join(parts)
