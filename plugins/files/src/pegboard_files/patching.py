"""The tool that applies a patch to several files, all or nothing."""

import os
from collections.abc import Mapping
from typing import Final

from pegboard_files.change import Target, Write, commit, encoded, output, require_text, target_of
from pegboard_files.edit import redacted_in
from pegboard_files.encoding import Form
from pegboard_files.hunk import HunkFailed, apply_hunks, text_of
from pegboard_files.ledger import Ledger
from pegboard_files.patch import Action, BadPatch, Change, parse_patch
from pegboard_sdk import Context, FileHandle, Output, ToolFailed
from pegboard_sdk.diff import Diff

_EXECUTE_BITS: Final = 0o111
_NEW_MODE: Final = 0o755


def patched(paths: list[str], patch: str, ctx: Context) -> Output:
    """Apply a patch whose every file is in `paths`. Raises ToolFailed; then no file is changed."""
    try:
        changes = parse_patch(patch)
    except BadPatch as error:
        raise ToolFailed(f"the patch cannot be read: {error}") from error
    ledger = Ledger(ctx.data_dir, ctx.session)
    handles = _handles(paths, changes, ctx)
    writes: list[Write] = []
    for change in changes:
        writes += _writes(change, handles, ledger)
    if not writes:
        raise ToolFailed("the patch changes nothing")
    ctx.check()
    diffs = commit(writes, ledger, turn=ctx.turn)
    return output("\n".join(map(_said, writes, diffs)), diffs)


def _handles(paths: list[str], changes: list[Change], ctx: Context) -> dict[str, FileHandle]:
    """The judged file for each path of the patch. Raises ToolFailed for one that was not judged, or comes twice."""
    judged = {os.path.normpath(path): f"paths[{index}]" for index, path in enumerate(paths)}
    touched = [os.path.normpath(path) for change in changes for path in (change.path, change.moved) if path]
    missing = sorted(set(touched) - set(judged))
    if missing:
        raise ToolFailed(f"the patch touches {', '.join(missing)}; name every touched file in paths, spelled alike")
    twice = sorted({path for path in touched if touched.count(path) > 1})
    if twice:
        raise ToolFailed(f"the patch has two sections for {twice[0]}; put its hunks into one")
    handles = {path: ctx.file(judged[path]) for path in touched}
    files = [(handle.device, handle.inode) for handle in handles.values() if handle.exists]
    if len(set(files)) < len(files):
        raise ToolFailed("two paths of the patch are the same file; patch it by one of them")
    return handles


def _writes(change: Change, handles: Mapping[str, FileHandle], ledger: Ledger) -> list[Write]:
    target = target_of(handles[os.path.normpath(change.path)], ledger)
    if change.action is Action.ADD:
        return [_addition(change, target)]
    if target.original is None:
        raise ToolFailed(f"{target.path} does not exist, so the patch cannot {change.action.value} it")
    data, mode = _new_data(change, target), _mode(change, target)
    if change.action is Action.DELETE:
        return [Write(target, None)]
    if not change.moved:
        return [Write(target, data, mode)] if data != target.original.data or mode is not None else []
    destination = target_of(handles[os.path.normpath(change.moved)], ledger)
    if destination.original is not None:
        raise ToolFailed(f"{destination.path} exists, so {target.path} cannot be moved there; delete it first")
    return [Write(destination, data, mode or target.original.mode), Write(target, None)]


def _addition(change: Change, target: Target) -> Write:
    if target.original is not None:
        raise ToolFailed(f"{target.path} exists, so the patch cannot add it; update it instead")
    text = text_of(change.hunks)
    _refuse_redacted(change, "")
    return Write(target, encoded(text, Form(), target.path), _NEW_MODE if change.is_executable else None)


def _new_data(change: Change, target: Target) -> bytes:
    """The content after the hunks; a binary file may be moved or deleted, not changed."""
    assert target.original is not None
    if not change.hunks:
        return target.original.data
    form = require_text(target)
    _refuse_redacted(change, target.text)
    try:
        text = apply_hunks(target.text, change.hunks)
    except HunkFailed as error:
        raise ToolFailed(f"{target.path}: {error}") from error
    if change.action is Action.DELETE and text:
        raise ToolFailed(f"{target.path}: the patch deletes it, but it holds lines that the patch does not name")
    return encoded(text, form, target.path)


def _mode(change: Change, target: Target) -> int | None:
    assert target.original is not None
    if change.is_executable is None or change.is_executable == bool(target.original.mode & 0o100):
        return None
    readers = (target.original.mode & 0o444) >> 2
    mode = target.original.mode & ~_EXECUTE_BITS
    return mode | readers if change.is_executable else mode


def _refuse_redacted(change: Change, text: str) -> None:
    for line in (line for hunk in change.hunks for sign, line in hunk.rows if sign == "+"):
        mark = redacted_in(line, text)
        if mark is not None:
            raise ToolFailed(f"{mark} stands for a secret that you were not shown; leave its line out of the patch")


def _said(write: Write, diff: Diff) -> str:
    verb = "Deleted" if write.data is None else "Created" if write.target.original is None else "Patched"
    return f"{verb} {write.target.path}: +{diff.added} -{diff.removed}."
