"""The tools that ship, as far as the gate must know them to judge a call of one that is not installed."""

from typing import Final

from pegboard_sdk.wire.manifest import Access, Family, Subject, SubjectKind, ToolEffect, ToolEntry

_READ, _WRITE, _EXEC, _NET = ToolEffect.READ, ToolEffect.WRITE, ToolEffect.EXEC, ToolEffect.NET


def _entry(name: str, effect: ToolEffect, family: Family, *subjects: Subject) -> ToolEntry:
    return ToolEntry(name=name, description="", effects=[effect], family=family, subjects=list(subjects))


_FILE: Final = Subject(param="path", kind=SubjectKind.FILE, access=Access.READ)
_CHANGED: Final = Subject(param="path", kind=SubjectKind.FILE, access=Access.WRITE)
_ALL_CHANGED: Final = Subject(param="paths", kind=SubjectKind.FILE, access=Access.WRITE)
_FOLDER: Final = Subject(param="path", kind=SubjectKind.DIR, access=Access.LIST)

SHIPPED: Final = {
    entry.name: entry
    for entry in (
        _entry("read_file", _READ, Family.READ, _FILE),
        _entry("write_file", _WRITE, Family.WRITE, _CHANGED),
        _entry("edit_file", _WRITE, Family.WRITE, _CHANGED),
        _entry("multi_edit", _WRITE, Family.WRITE, _CHANGED),
        _entry("apply_patch", _WRITE, Family.WRITE, _ALL_CHANGED),
        _entry("undo_edits", _WRITE, Family.WRITE, _ALL_CHANGED),
        _entry("glob", _READ, Family.SEARCH, _FOLDER),
        _entry("grep", _READ, Family.SEARCH, _FOLDER),
        _entry("bash", _EXEC, Family.EXEC, Subject(param="command", kind=SubjectKind.COMMAND)),
        _entry("bash_output", _READ, Family.OTHER),
        _entry("bash_kill", _READ, Family.OTHER),
        _entry("ask_user", _READ, Family.OTHER),
        _entry("todo_write", _READ, Family.OTHER),
        _entry("debate", _NET, Family.OTHER),
        _entry("ensemble", _NET, Family.OTHER),
        _entry("web_fetch", _NET, Family.NET, Subject(param="url", kind=SubjectKind.URL)),
    )
}
