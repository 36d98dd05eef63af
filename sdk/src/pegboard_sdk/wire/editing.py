"""What the arguments of a writing tool ask for, as a diff: no tool is asked what it would do. Pure.

The shapes that such tools share are known: `content`, `old_str` and `new_str`, `edits`.
"""

from typing import Any

from msgspec import Struct


class Change(Struct, frozen=True):
    """A unified diff, empty where none is known, and the arguments that it shows."""

    diff: str = ""
    shows: frozenset[str] = frozenset()


class Before(Struct, frozen=True):
    """The file as it is: its path as shown, its text, and what is to be said where that cannot be compared."""

    path: str
    exists: bool = False
    text: str = ""
    note: str = ""


def change(arguments: dict[str, Any], before: Before) -> Change:
    """What the arguments ask for."""
    if isinstance(content := arguments.get("content"), str):
        return Change(before.note + _diff(before.text, content, before), frozenset({"content"}))
    if "edits" in arguments:
        edits, shows = arguments["edits"], frozenset({"edits"})
    else:
        edits, shows = [arguments], frozenset({"old_str", "new_str", "replace_all"})
    if not isinstance(edits, list) or not edits or not all(map(_is_edit, edits)):
        return Change()
    after = before.text
    for edit in edits:
        if not edit["old_str"] or edit["old_str"] not in after:
            pieces = "".join(_diff(each["old_str"], each["new_str"], before) for each in edits)
            return Change(f"{before.note}[not found word for word; each replacement as asked]\n{pieces}", shows)
        after = after.replace(edit["old_str"], edit["new_str"], -1 if edit.get("replace_all") else 1)
    return Change(before.note + _diff(before.text, after, before), shows)


def _is_edit(edit: object) -> bool:
    return isinstance(edit, dict) and all(isinstance(edit.get(key), str) for key in ("old_str", "new_str"))


def _diff(was: str, now: str, before: Before) -> str:
    from pegboard_sdk.diff import diff  # noqa: PLC0415 - only a question about an edit pays for difflib

    old = before.path if before.exists else "/dev/null"
    return diff(was, now, old=old, new=before.path, most=None).text or "[nothing changes]\n"
