"""As much of a project as fits: its files whole, or a map of their names, sizes and definitions. Pure."""

from collections.abc import Callable, Sequence
from enum import Enum

from msgspec import Struct

from pegboard.cli.codebase.outline import outline


class Form(Enum):
    """How a project is shown."""

    FILES = "files"
    MAP = "map"


class File(Struct, frozen=True):
    """A file that may be shown. `text` is empty where it is too large, or none."""

    path: str
    size: int
    text: str = ""


class Shown(Struct, frozen=True):
    """What is put into context, and how much of the project it is."""

    text: str
    form: Form
    whole: int
    """Files with all their text or definitions."""


def fitted(files: Sequence[File], room: int, form: Form | None, tokens_of: Callable[[str], int]) -> Shown:
    """As much as `room` tokens hold. Without a form: the files if all fit, else the map."""
    if form is not Form.MAP:
        shown = _whole(files, room, tokens_of)
        if form is Form.FILES or shown.whole == sum(1 for file in files if file.text):
            return shown
    return _map(files, room, tokens_of)


def _whole(files: Sequence[File], room: int, tokens_of: Callable[[str], int]) -> Shown:
    """Small files first, since more of them fit; in the order of their paths."""
    taken: dict[str, str] = {}
    rest = [file for file in files if not file.text]
    for file in sorted((file for file in files if file.text), key=lambda file: file.size):
        text = f"=== {file.path}\n{file.text.rstrip()}\n"
        if (price := tokens_of(text)) > room:
            rest.append(file)
            continue
        room -= price
        taken[file.path] = text
    lines = [taken[path] for path in sorted(taken)]
    more = _named(sorted(rest, key=lambda file: file.path), room, tokens_of)
    return Shown("\n".join([*lines, *(["Not shown:", *more] if more else [])]), Form.FILES, len(taken))


def _map(files: Sequence[File], room: int, tokens_of: Callable[[str], int]) -> Shown:
    """All names as far as they fit, then definitions, of what stands higher up first."""
    ordered = sorted(files, key=lambda file: file.path)
    named = _named(ordered, room, tokens_of)
    names = {name.rpartition(" (")[0] for name in named}
    some = [file for file in ordered if file.path in names]
    room -= tokens_of("\n".join(named))
    defined: dict[str, tuple[str, ...]] = {}
    for file in sorted(some, key=lambda file: (file.path.count("/"), file.size)):
        found = tuple(f"    {line}" for line in outline(file.path, file.text))
        if found and (price := tokens_of("\n".join(found)) + 1) <= room:
            room -= price
            defined[file.path] = found
    lines = [line for name in named for line in (name, *defined.get(name.rpartition(" (")[0], ()))]
    return Shown("\n".join(lines), Form.MAP, len(defined))


def _named(files: Sequence[File], room: int, tokens_of: Callable[[str], int]) -> list[str]:
    """A line for each file, with its size; the last says how many had no room."""
    lines: list[str] = []
    for at, file in enumerate(files):
        line = f"{file.path} ({file.size} bytes)"
        if (price := tokens_of(line) + 1) > room:
            return [*lines, f"… and {len(files) - at} more files"]
        room -= price
        lines.append(line)
    return lines
