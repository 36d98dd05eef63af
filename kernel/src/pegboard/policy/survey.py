"""What a folder holds that would be obeyed, read once: what is hashed here is what counts afterwards.

`present` only asks whether names exist and opens nothing, so it may be used before anybody trusts the folder.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard.config import ConfigInvalid

SETTINGS: Final = ".pegboard"
SKILLS: Final = (".agents/skills", ".claude/skills")
"""Beside those below `.pegboard`; of the folders that these are in nothing else is read."""
INSTRUCTIONS: Final = ("AGENTS.md", "AGENTS.override.md", "CLAUDE.md", "CLAUDE.local.md", "GEMINI.md")
MAX_BYTES: Final = 1 << 20
MAX_FILES: Final = 1000
MAX_DEPTH: Final = 16

_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Obeyed(Struct, frozen=True):
    """Plain files by their path in the folder, with their content; links by where they lead, never followed."""

    files: dict[str, bytes] = {}
    links: dict[str, str] = {}

    def hashes(self) -> dict[str, str]:
        """What trust is bound to."""
        named = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        return named | {name: f"link to {target}" for name, target in self.links.items()}

    def text(self, name: str) -> str | None:
        """A file as text, None when there is none. Raises ConfigInvalid when it is a link or not UTF-8."""
        if name in self.links:
            raise ConfigInvalid(f"{name} is a link; only a plain file is obeyed")
        try:
            return self.files[name].decode("utf-8-sig") if name in self.files else None
        except UnicodeDecodeError as error:
            raise ConfigInvalid(f"{name}: not UTF-8 at byte {error.start}") from None


def present(folder: Path) -> list[str]:
    """The names at the top of the folder that would be obeyed. Opens and follows nothing."""
    return [name for name in (SETTINGS, *INSTRUCTIONS, *SKILLS) if os.path.lexists(folder / name)]


def survey(folder: Path) -> Obeyed:
    """Read all that would be obeyed. Raises ConfigInvalid, and OSError as the disk does."""
    found = Obeyed({}, {})
    root = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        for name in dict.fromkeys(each.partition("/")[0] for each in present(folder)):
            _add(root, name, name, found, 0)
    finally:
        os.close(root)
    return found


def _add(folder: int, name: str, path: str, found: Obeyed, depth: int) -> None:
    if len(found.files) + len(found.links) >= MAX_FILES or depth > MAX_DEPTH:
        raise ConfigInvalid(f"{path}: more than {MAX_FILES} files, or deeper than {MAX_DEPTH} folders")
    if not path.isprintable():
        raise ConfigInvalid(f"{path!a}: a name that cannot be shown; rename it")
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        found.links[path] = os.readlink(name, dir_fd=folder)
    elif stat.S_ISDIR(mode):
        inner = os.open(name, _FOLDER, dir_fd=folder)
        try:
            for each in ("skills",) if f"{path}/skills" in SKILLS else sorted(os.listdir(inner)):
                _add(inner, each, f"{path}/{each}", found, depth + 1)
        finally:
            os.close(inner)
    elif stat.S_ISREG(mode):
        found.files[path] = _content(folder, name, path)
    else:
        raise ConfigInvalid(f"{path} is neither a file nor a folder; remove it")


def _content(folder: int, name: str, path: str) -> bytes:
    with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ConfigInvalid(f"{path} is no file any more")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ConfigInvalid(f"{path} is larger than {MAX_BYTES} bytes; nothing of that size is obeyed")
    return data


def changes(before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    """What is new, changed or gone, a line each."""
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            said = "new" if name not in before else "gone" if name not in now else "changed"
            yield f"{said}: {name}"
