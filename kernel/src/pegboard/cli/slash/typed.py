"""Reads a line: whether it is a command, and which. Pure."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from msgspec import Struct

_COMMAND: Final = re.compile(r"/(?P<name>[a-z?][a-z0-9_:-]{0,63})(?:\s+(?P<rest>.*))?", re.DOTALL | re.IGNORECASE)


class Line(Struct, frozen=True):
    """A command's name, without the slash and in small letters, and what stands behind it."""

    name: str
    rest: str


def parsed(text: str) -> Line | None:
    """The command in a line; None for a prompt, also for one that begins with a path such as `/usr/bin`."""
    found = _COMMAND.fullmatch(text.strip())
    return Line(found["name"].lower(), (found["rest"] or "").strip()) if found else None


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is meant, probably; empty when none is close."""
    names = list(known)
    swapped = [each for each in names if sorted(each) == sorted(name)]
    begun = [each for each in names if each.startswith(name)]
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    return next(iter([*swapped, *sorted(begun, key=len)[:1], *close]), "")
