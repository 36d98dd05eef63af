"""The files below a folder in order, without ripgrep: ignore files obeyed, links not followed, every step through
descriptors. What is in the files is not its business.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from msgspec import Struct
from pathspec import GitIgnoreSpec

from pegboard_search.scope import Scope, above

_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
MAX_DEPTH: Final = 200
MAX_IGNORE_BYTES: Final = 1 << 20


class Rules(Struct, frozen=True):
    """An ignore file: its patterns, and how a path of the walk reads from its folder (`cut` off, `lead` before)."""

    spec: GitIgnoreSpec
    cut: int
    lead: str

    def verdict(self, path: str) -> bool | None:
        """True ignored, False kept, None nothing said."""
        return self.spec.check_file(self.lead + path[self.cut :]).include


class Entry(Struct, frozen=True):
    """A file: its path below the scope, and where to open it. `folder` is open until the next entry is asked for."""

    path: str
    folder: int
    name: str

    def open(self) -> int:
        """A descriptor of the file, which the caller closes. Raises OSError, also when it has become a link."""
        return os.open(self.name, _FILE_FLAGS, dir_fd=self.folder)


def files(scope: Scope) -> Iterator[Entry]:
    """Every file that may be shown and is not ignored, sorted by name within each folder."""
    fd = os.dup(scope.fd)
    try:
        yield from _below(scope, fd, "", _rules_above(scope), 0)
    finally:
        os.close(fd)


def _below(scope: Scope, fd: int, prefix: str, rules: tuple[Rules, ...], depth: int) -> Iterator[Entry]:
    try:
        with os.scandir(fd) as found:
            entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
    except OSError:
        return
    names = {entry.name for entry in entries}
    if ".git" in names and depth:
        rules = ()
    rules = (*rules, *_rules_at(fd, names, len(prefix)))
    for entry in entries:
        path = prefix + entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        asked = f"{path}/" if is_folder else path
        if scope.hides(asked) or _is_ignored(asked, rules):
            continue
        if is_folder and depth < MAX_DEPTH:
            yield from _inside(scope, fd, asked, rules, depth + 1)
        elif entry.is_file(follow_symlinks=False):
            yield Entry(path, fd, entry.name)


def _inside(scope: Scope, fd: int, path: str, rules: tuple[Rules, ...], depth: int) -> Iterator[Entry]:
    try:
        inner = os.open(path.split("/")[-2], _FOLDER_FLAGS, dir_fd=fd)
    except OSError:
        return
    try:
        yield from _below(scope, inner, path, rules, depth)
    finally:
        os.close(inner)


def _is_ignored(path: str, rules: tuple[Rules, ...]) -> bool:
    verdicts = (each.verdict(path) for each in reversed(rules))
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _rules_at(fd: int, names: set[str], cut: int) -> Iterator[Rules]:
    if ".git" in names and (lines := _lines(".git/info/exclude", fd)):
        yield Rules(GitIgnoreSpec.from_lines(lines), cut, "")
    if ".gitignore" in names and (lines := _lines(".gitignore", fd)):
        yield Rules(GitIgnoreSpec.from_lines(lines), cut, "")


def _rules_above(scope: Scope) -> tuple[Rules, ...]:
    rules: list[Rules] = []
    real = scope.real() or ""
    for folder in above(scope) or ():
        lead = f"{os.path.relpath(real, folder)}/"
        for name in (".git/info/exclude", ".gitignore"):
            if lines := _lines(os.path.join(folder, name), None):
                rules.append(Rules(GitIgnoreSpec.from_lines(lines), 0, lead))
    # A folder that is itself ignored, and was asked for by name, is searched all the same.
    return () if _is_ignored("", tuple(rules)) else tuple(rules)


def _lines(path: str, fd: int | None) -> list[str]:
    with suppress(OSError):
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=fd)
        try:
            return os.read(opened, MAX_IGNORE_BYTES).decode("utf-8", "surrogateescape").splitlines()
        finally:
            os.close(opened)
    return []
