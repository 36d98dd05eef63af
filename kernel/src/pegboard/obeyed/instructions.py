"""Texts that agents obey: which of a folder's files speaks, and which others it imports. Pure: looks at text alone."""

import re
from collections.abc import Collection, Iterator
from posixpath import dirname, normpath
from typing import Final

INSTRUCTIONS: Final = (
    "AGENTS.override.md", "AGENTS.md", "AGENT.md", "CLAUDE.md", "GEMINI.md", "CODEX.md", "QWEN.md", "CLAUDE.local.md",
)  # fmt: skip
"""In the order in which the first that is there speaks for its folder; the last speaks beside it."""

BESIDE: Final = INSTRUCTIONS[-1]

_IMPORT: Final = re.compile(r"(?<![^\s(\[])@([\w.~/][^\s)\]'\"]*)")
_FENCES: Final = ("```", "~~~")


def speaking(names: Collection[str]) -> list[str]:
    """Of the names in one folder those that are obeyed: the first of the row, and the one for this person alone."""
    first = next((name for name in INSTRUCTIONS if name in names and name != BESIDE), None)
    return [name for name in (first, BESIDE if BESIDE in names else None) if name is not None]


def imports_in(text: str) -> Iterator[str]:
    """What a text imports, as written there: `@path` outside of code. What it names need not exist."""
    for line in _prose(text):
        for match in _IMPORT.finditer(line):
            name = match[1].rstrip(".,;:!?")
            if name:
                yield name


def _prose(text: str) -> Iterator[str]:
    """The lines without code, neither in fences nor between backticks."""
    fence = ""
    for line in text.splitlines():
        start = line.lstrip()[:3]
        if fence or start in _FENCES:
            fence = "" if fence == start else fence or start
        else:
            yield " ".join(line.split("`")[::2])


def resolved(path: str, name: str) -> str:
    """The path that `name` means in the file `path`, both from the folder that is trusted; empty when it leads out."""
    found = normpath(f"{dirname(path)}/{name}".lstrip("/"))
    return "" if name.startswith(("/", "~")) or found.split("/", 1)[0] in ("..", ".") else found
