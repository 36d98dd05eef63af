"""Which names a plugin's files may have. Pure: names in, a sentence out.

Refused is what an interpreter executes unasked, what two file systems read differently, and what a person cannot see.
"""

import unicodedata
from collections.abc import Container, Iterable
from typing import Final

STARTUP: Final = frozenset({"sitecustomize", "usercustomize"})
"""Modules that Python imports by itself."""
RUN_BY_SITE: Final = (".pth", ".egg-link", ".start")
CACHE: Final = "__pycache__"
RESERVED: Final = frozenset({"con", "prn", "aux", "nul", *(f"{word}{n}" for word in ("com", "lpt") for n in range(10))})
MOST_BYTES: Final = 255


def problem_of(name: str) -> str:
    """Why no file or folder may have this name (one part of a path); empty when it may."""
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if not name or name in (".", "..") or len(encoded) > MOST_BYTES:
        return "its name is empty, a way upwards, or too long"
    if any(mark in '\\/:*?"<>|' for mark in name) or name[-1] in ". ":
        return "its name means something else on another system"
    if any(unicodedata.category(mark)[0] == "C" or unicodedata.category(mark) in ("Zl", "Zp") for mark in name):
        return "its name holds control or invisible characters"
    stem = name.partition(".")[0].casefold()
    if stem in RESERVED:
        return "its name is a device on another system"
    if stem in STARTUP:
        return "Python would run it at every start"
    if name.casefold().endswith(RUN_BY_SITE):
        return "Python would run or follow it at every start"
    return ""


def folded(name: str) -> str:
    """What a file system that ignores case and composition takes the name for."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def clash_of(names: Iterable[str]) -> tuple[str, str] | None:
    """Two names of one folder that are one on another system."""
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(folded(name), name)
        if first != name:
            return first, name
    return None


def stray_bytecode(folder: str, name: str, above: Container[str]) -> bool:
    """Whether a file in `folder` is bytecode that we do not compile; `above` has the names beside that folder."""
    if not name.casefold().endswith((".pyc", ".pyo")):
        return folder == CACHE
    source, _, tag = name.partition(".")
    return folder != CACHE or f"{source}.py" not in above or "opt-" in tag
