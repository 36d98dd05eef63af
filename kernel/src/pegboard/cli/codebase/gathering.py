"""The files of a project that a model may be shown: what a search would find, what the gate allows unasked, and text.

Names that are protected, and whatever a rule denies or asks about, are left out and counted.
"""

import os
from typing import Final

import trio
from msgspec import Struct

from pegboard.approval import Approval
from pegboard.cli.codebase.fitting import File
from pegboard.cli.mentions.listing import paths_below
from pegboard.gate.judge import judge
from pegboard.gate.path import Sensitivity
from pegboard.gate.verdict import Verdict
from pegboard_sdk.errors import PegboardError
from pegboard_sdk.wire.manifest import ToolEntry

MOST_BYTES: Final = 200_000
"""Larger files are named, and not read."""
MOST_FILES: Final = 5_000
_SAMPLE: Final = 8192
_MADE: Final = (".lock", ".min.js", ".min.css", ".map", ".svg", "-lock.json", "-lock.yaml", ".snap")
"""Ends of the names of files that programs write."""


class Gathered(Struct, frozen=True):
    """The files, and how many names were left out by the gate."""

    files: tuple[File, ...]
    refused: int


async def gathered(approval: Approval, reader: ToolEntry) -> Gathered:
    """The files below the workspace, each judged as a call of `reader` for it."""
    root = approval.place.root_path
    names = [path for path in await trio.to_thread.run_sync(paths_below, root) if not path.endswith("/")]
    files, refused = list[File](), 0
    for name in names[:MOST_FILES]:
        await trio.lowlevel.checkpoint()
        if name.lower().endswith(_MADE):
            continue
        found = _read(approval, reader, name)
        if found is None:
            refused += 1
        else:
            files.append(found)
    return Gathered(tuple(files), refused)


def _read(approval: Approval, reader: ToolEntry, name: str) -> File | None:
    """The object that was judged, read; None where it may not be, or is no file any more."""
    with approval.resolve(reader, {"path": name}) as facts:
        plain = all(path.sensitivity is Sensitivity.ORDINARY and not path.trouble for path in facts.paths.values())
        if not plain or facts.wrong or facts.futile or judge(approval.policy, facts).verdict is not Verdict.ALLOW:
            return None
        try:
            descriptor = facts.descriptors[0]
            size = os.fstat(descriptor).st_size
            return File(path=name, size=size, text=_text(descriptor, size))
        except (OSError, PegboardError, IndexError):
            return None


def _text(descriptor: int, size: int) -> str:
    """Empty for what is too large, or no text."""
    if size > MOST_BYTES or b"\0" in os.pread(descriptor, _SAMPLE, 0):
        return ""
    with open(descriptor, "rb", closefd=False) as file:
        try:
            return file.read(MOST_BYTES).decode()
        except UnicodeDecodeError:
            return ""
