"""What a folder holds that would be obeyed, read once: what is hashed here is what counts afterwards.

`present` and `nested_in` only ask for names and open no file, so they may be used before anybody trusts the folder.
"""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard.config import ConfigInvalid
from pegboard.obeyed.instructions import INSTRUCTIONS, imports_in, resolved, speaking

SETTINGS: Final = ".pegboard"
OFFERING: Final = (".agents/skills", ".claude/skills", ".claude/commands")
"""Folders of commands and skills beside those below `.pegboard`; of what they are in nothing else is read."""
MAX_BYTES: Final = 1 << 20
MAX_FILES: Final = 1000
MAX_DEPTH: Final = 16
MAX_IMPORTS: Final = 5
"""How many imports may lead from one to the next."""
MAX_FOLDERS: Final = 10_000
TEXTS: Final = (".md", ".txt", ".rst", ".mdc")

_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Obeyed(Struct, frozen=True):
    """Plain files by their path from the folder (`../` for those above), with their content; links by where they lead,
    never followed; and imports that are not obeyed, with the reason."""

    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    refused: dict[str, str] = {}

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


def above(folder: Path) -> list[Path]:
    """The folders above whose instructions hold here too, nearest first: to the repository's root, else below home."""
    chain, home = [folder.resolve(), *folder.resolve().parents], Path.home()
    root = next((at for at, one in enumerate(chain) if os.path.lexists(one / ".git")), -1)
    end = root + 1 if root >= 0 else chain.index(home) if home in chain else 1
    return chain[1:end]


def present(folder: Path) -> list[str]:
    """The names that would be obeyed from the start. Opens and follows nothing."""
    here = [name for name in (SETTINGS, *INSTRUCTIONS, *OFFERING) if os.path.lexists(folder / name)]
    for up, parent in enumerate(above(folder), 1):
        here += [f"{'../' * up}{name}" for name in INSTRUCTIONS if os.path.lexists(parent / name)]
    return here


def nested_in(folder: Path) -> list[str]:
    """The instructions in subfolders, but for hidden ones and those of dependencies. Opens no file."""
    from pegboard.gate.names import DEPENDENCIES  # noqa: PLC0415 - needed where somebody decides about trust

    found: list[str] = []
    for number, (at, folders, names) in enumerate(os.walk(folder)):
        if number >= MAX_FOLDERS:
            break
        folders[:] = sorted(one for one in folders if one not in DEPENDENCIES and not one.startswith("."))
        below = os.path.relpath(at, folder)
        found += [f"{below}/{name}" for name in INSTRUCTIONS if name in names and below != "."]
    return found


def survey(folder: Path, names: Iterable[str] | None = None) -> Obeyed:
    """Read what would be obeyed (of `names` where given) and what that imports. Raises ConfigInvalid, and OSError as
    the disk does."""
    found = Obeyed({}, {}, {})
    bases: dict[str, list[str]] = {}
    for name in present(folder) if names is None else names:
        path = name.lstrip("./") if name.startswith("../") else name
        bases.setdefault(name.removesuffix(path), []).append(path)
    for up, paths in bases.items():
        root = os.open(folder.resolve() / up, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            for path in paths:
                _add(root, path, up + path, found, 0)
            for path in paths:
                at, _, name = path.rpartition("/")
                if name in speaking([one.rpartition("/")[2] for one in paths if one.rpartition("/")[0] == at]):
                    _import_from(root, up, (path,), found)
        finally:
            os.close(root)
    return found


def _add(folder: int, name: str, path: str, found: Obeyed, depth: int) -> None:
    if len(found.files) + len(found.links) >= MAX_FILES or depth > MAX_DEPTH:
        raise ConfigInvalid(f"{path}: more than {MAX_FILES} files, or deeper than {MAX_DEPTH} folders")
    if not path.isprintable():
        raise ConfigInvalid(f"{path!a}: a name that cannot be shown; rename it")
    first, _, rest = name.partition("/")
    mode = os.stat(first, dir_fd=folder, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        found.links[path.removesuffix(f"/{rest}")] = os.readlink(first, dir_fd=folder)
    elif stat.S_ISDIR(mode):
        inner = os.open(first, _FOLDER, dir_fd=folder)
        try:
            for each in [rest] if rest else sorted(os.listdir(inner)):
                _add(inner, each, path if rest else f"{path}/{each}", found, depth + 1)
        finally:
            os.close(inner)
    elif stat.S_ISREG(mode):
        found.files[path] = _content(folder, first, path)
    else:
        raise ConfigInvalid(f"{path} is neither a file nor a folder; remove it")


def _content(folder: int, name: str, path: str) -> bytes:
    descriptor = os.open(name, _FILE, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ConfigInvalid(f"{path} is no file any more")
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ConfigInvalid(f"{path} is larger than {MAX_BYTES} bytes; nothing of that size is obeyed")
    return data


def _import_from(root: int, up: str, chain: tuple[str, ...], found: Obeyed) -> None:
    """Add what the last of the chain imports. A name that leads to no file is a word like any other."""
    for name in imports_in(found.files.get(up + chain[-1], b"").decode("utf-8", "replace")):
        path = resolved(chain[-1], name)
        if not path and name.endswith(TEXTS):
            found.refused[name] = "leads out of the folder"
        mode = _mode(root, path) if path else 0
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            continue
        why = _refusal(path, mode, chain)
        if why:
            found.refused[up + path] = why
        elif up + path not in found.files:
            try:
                _add(root, path, up + path, found, 0)
            except (ConfigInvalid, OSError) as error:
                found.refused[up + path] = str(error)
            _import_from(root, up, (*chain, path), found)


def _refusal(path: str, mode: int, chain: tuple[str, ...]) -> str:
    from pegboard.gate.names import CREDENTIALS, Names  # noqa: PLC0415 - few instructions import anything

    if path in chain:
        return f"imports itself: {' → '.join((*chain[chain.index(path) :], path))}"
    if len(chain) > MAX_IMPORTS:
        return f"is more than {MAX_IMPORTS} imports away"
    if stat.S_ISLNK(mode):
        return "is a link; only a plain file is obeyed"
    return "is where keys are kept" if Names(CREDENTIALS).match(path.split("/")) else ""


def _mode(root: int, path: str) -> int:
    """What stands there, 0 for nothing; a link is a link, also on the way."""
    parts = path.split("/")
    for at in range(1, len(parts) + 1):
        try:
            mode = os.stat("/".join(parts[:at]), dir_fd=root, follow_symlinks=False).st_mode
        except OSError:
            return 0
        if stat.S_ISLNK(mode):
            break
    return mode


def changes(before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    """What is new, changed or gone, a line each."""
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            said = "new" if name not in before else "gone" if name not in now else "changed"
            yield f"{said}: {name}"
