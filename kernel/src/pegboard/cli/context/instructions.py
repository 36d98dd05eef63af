"""Instructions as parts of the system prompt: each file by itself, cut to size, and what was cut said."""

from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Final

from msgspec import Struct

from pegboard.cli.show import safe
from pegboard.models.prompt import PROJECT, YOU, Part
from pegboard.obeyed import INSTRUCTIONS, Obeyed, imports_in, resolved, speaking, survey
from pegboard.places import Places
from pegboard_sdk.errors import PegboardError

MOST_BYTES: Final = 64 << 10
"""Of all instructions at a start; about 18,000 tokens, which every session pays."""
NESTED_BYTES: Final = 16 << 10
"""Of one subfolder."""
OWN: Final = ("AGENTS.md",)
"""In the configuration folder."""


class Told(Struct, frozen=True):
    """Parts of the prompt, and what a person should know of them."""

    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()


def told_at_start(places: Places, workspace: Path, obeyed: Obeyed) -> Told:
    """The user's own instructions and what the trusted folder holds, outermost first; `obeyed` is read no more."""
    own = _own(places)
    mine = _told(own, [(name, name) for name in _spoken(own, "")], YOU, MOST_BYTES)
    ups = sorted({name[: name.rfind("../") + 3] for name in obeyed.files if name.startswith("../")})
    folders = ["", *sorted(ups, key=len)]
    left = MOST_BYTES - sum(len(part.text) for part in mine.parts)
    found: list[Told] = []
    # The nearest folder gets its room first; what stands nearer is read later, and so counts more.
    for up in folders:
        told = _told(obeyed, [(up + name, _shown(workspace, up + name)) for name in _spoken(obeyed, up)], PROJECT, left)
        left = max(0, left - sum(len(part.text) for part in told.parts))
        found.insert(0, told)
    every = [mine, *found]
    return Told(tuple(p for one in every for p in one.parts), tuple(n for one in every for n in one.notes))


def told_below(obeyed: Obeyed, names: list[str]) -> Told:
    """What a subfolder's files say, by their paths in the workspace."""
    return _told(obeyed, [(name, name) for name in names], PROJECT, NESTED_BYTES)


def _own(places: Places) -> Obeyed:
    """The user's file; what cannot be read of it is a note."""
    if not (places.config / OWN[0]).exists():
        return Obeyed()
    try:
        # Somebody who keeps dot files elsewhere has a link here.
        real = (places.config / OWN[0]).resolve()
        found = survey(real.parent, [real.name])
        return Obeyed({**found.files, OWN[0]: found.files[real.name]}, found.links, found.refused)
    except (PegboardError, OSError) as error:
        return Obeyed(refused={str(places.config / OWN[0]): str(error)})


def _spoken(obeyed: Obeyed, up: str) -> list[str]:
    held = [name for name in INSTRUCTIONS if up + name in obeyed.files or _led(obeyed, up + name)]
    return speaking(held)


def _led(obeyed: Obeyed, name: str) -> str:
    """Where a link leads, when that is one of the files that were read; else it is not followed."""
    target = obeyed.links.get(name)
    path = normpath(join(dirname(name), target)) if target is not None and not target.startswith("/") else ""
    return path if path in obeyed.files else ""


def _shown(workspace: Path, name: str) -> str:
    return normpath(workspace / name) if name.startswith("../") else name


def _told(obeyed: Obeyed, files: list[tuple[str, str]], owner: str, room: int) -> Told:
    """The files with what they import, each once, in at most `room` bytes."""
    parts: list[Part] = []
    notes = [f"{name} is not obeyed: {why}" for name, why in obeyed.refused.items()] if files or owner is YOU else []
    for name, shown in [each for file in files for each in _with_imports(obeyed, *file)]:
        try:
            text = safe(obeyed.text(_led(obeyed, name) or name) or "").strip()
        except PegboardError as error:
            notes.append(f"{error.message}; it is not obeyed")
            continue
        if any(part.name == shown for part in parts) or not text:
            continue
        cut, note = _cut(text, shown, room)
        notes += [note] if note else []
        if cut:
            parts.append(
                Part(
                    shown,
                    owner,
                    f"Instructions of {'the user' if owner is YOU else 'the project'}, from {shown}:\n\n{cut}",
                )
            )
            room -= len(cut.encode())
    return Told(tuple(parts), tuple(notes))


def _with_imports(obeyed: Obeyed, name: str, shown: str, seen: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    yield name, shown
    real = _led(obeyed, name) or name
    up = real[: real.rfind("../") + 3] if real.startswith("../") else ""
    for wanted in imports_in(obeyed.files.get(real, b"").decode("utf-8", "replace")):
        path = resolved(real.removeprefix(up), wanted)
        if path and up + path in obeyed.files and up + path not in (*seen, real):
            below = shown.removesuffix(name.removeprefix(up)) if up else ""
            yield from _with_imports(obeyed, up + path, below + path, (*seen, real))


def _cut(text: str, name: str, room: int) -> tuple[str, str]:
    data = text.encode()
    if len(data) <= room:
        return text, ""
    kept = data[: max(0, room)].decode("utf-8", "ignore").rpartition("\n")[0]
    left = f"{len(data) - len(kept.encode())} of its {len(data)} bytes"
    said = f"{kept}\n\n[{left} are left out here; read {name} for them]"
    return said if kept else "", f"{name}: {left} are left out of the prompt, which takes {MOST_BYTES} of instructions"
