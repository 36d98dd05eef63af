"""What an edit would change: its arguments against the judged file, read through the descriptor that was judged."""

import os
from typing import Final

from pegboard.gate.facts import Facts
from pegboard.gate.openat import reopen
from pegboard.gate.path import FileKind
from pegboard.gate.place import Found
from pegboard_sdk.wire.codec import JsonObject
from pegboard_sdk.wire.editing import Before, Change, change
from pegboard_sdk.wire.manifest import Access, Family

MOST_BYTES: Final = 1 << 20
"""A larger file is not read to be compared."""


def preview(facts: Facts, arguments: JsonObject) -> Change:
    """The change as a diff; an empty one where none is known, and then the arguments say it themselves."""
    if facts.tool.family is not Family.WRITE:
        return Change()
    if isinstance(patch := arguments.get("patch"), str):
        return Change(patch, frozenset({"patch"}))
    found = facts.found.get("path")
    if found is None or found.facts.access is not Access.WRITE:
        return Change()
    text, note = _text(found)
    before = Before(path=found.facts.shown, exists=found.facts.exists, text=text, note=note)
    return change(arguments, before)


def _text(found: Found) -> tuple[str, str]:
    """What the file holds, and what is to be said where that cannot be compared."""
    if found.facts.kind is not FileKind.FILE or found.fd < 0:
        return "", ""
    try:
        descriptor = reopen(found.fd, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        return "", f"[the file there cannot be read: {error.strerror}]\n"
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MOST_BYTES + 1)
        size = os.fstat(descriptor).st_size
    if len(data) > MOST_BYTES:
        return "", f"[the file there has {size} bytes: too large to compare]\n"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "", f"[the file there is binary or not UTF-8, {size} bytes]\n"
    return ("", f"[the file there is binary, {size} bytes]\n") if "\0" in text else (text, "")
