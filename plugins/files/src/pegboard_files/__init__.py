"""Reads, writes and edits files of the workspace. The plugin's tools; what they do is in the modules beside."""

from pegboard_files.ledger import forget_old
from pegboard_files.patching import patched
from pegboard_files.reading import read
from pegboard_files.revert import reverted
from pegboard_files.writing import Replacement, edited, written
from pegboard_sdk import Context, Output, Plugin, Setup

plugin = Plugin("files")


@plugin.on_start
def start(setup: Setup) -> None:
    """Drops what old sessions kept for undo."""
    if setup.data_dir:
        forget_old(setup.data_dir, float(setup.settings.get("keep_days", 30)))


@plugin.tool(effect="read", family="read", repeatable=True, subjects={"path": "file:read"})
def read_file(path: str, offset: int = 1, limit: int = 2000, *, ctx: Context) -> Output:
    """Reads a text file (numbered lines) or an image.

    offset: first line
    limit: lines
    """
    return read(ctx.file("path"), ctx, offset=offset, limit=limit)


@plugin.tool(effect="write", family="write", subjects={"path": "file:write"})
def write_file(path: str, content: str, *, ctx: Context) -> Output:
    """Creates or overwrites a file. Read an existing one first."""
    return written(ctx.file("path"), content, ctx)


@plugin.tool(effect="write", family="write", subjects={"path": "file:write"})
def edit_file(path: str, old_str: str, new_str: str, replace_all: bool = False, *, ctx: Context) -> Output:
    """Replaces text in a file that was read. old_str must match exactly once unless replace_all."""
    return edited(ctx.file("path"), [Replacement(old_str, new_str, replace_all)], ctx)


@plugin.tool(effect="write", family="write", subjects={"path": "file:write"})
def multi_edit(path: str, edits: list[Replacement], *, ctx: Context) -> Output:
    """Like edit_file, several edits in order, all or none."""
    return edited(ctx.file("path"), edits, ctx)


@plugin.tool(effect="write", family="write", subjects={"paths": "file:write"})
def apply_patch(paths: list[str], patch: str, *, ctx: Context) -> Output:
    """Applies a unified diff or *** Begin Patch envelope, all or nothing.

    paths: every file it touches
    """
    return patched(paths, patch, ctx)


@plugin.tool(effect="write", family="write", subjects={"paths": "file:write"})
def undo_edits(paths: list[str], *, ctx: Context) -> Output:
    """Undoes the last turn's edits of these files; [] lists them."""
    return reverted(paths, ctx)
