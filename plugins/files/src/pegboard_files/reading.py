"""The tool that reads: decides what a file is, and gives a page of its text, the image, or what else it is."""

import hashlib
import os
from typing import Final

from pegboard_files import line_cache
from pegboard_files.encoding import SAMPLE_BYTES, form_of
from pegboard_files.judged import MAX_EDITED_BYTES, require_regular, state_of
from pegboard_files.ledger import Ledger
from pegboard_files.lines import CHUNK_BYTES, Lines
from pegboard_files.media import SHOWABLE, media_type
from pegboard_files.page import BeyondEnd, page_of
from pegboard_sdk import Context, FileHandle, Image, Output, Text, ToolFailed

MAX_IMAGE_BYTES: Final = 3_750_000
"""As much as providers take once it is in base64."""
_JUDGED_WHOLE_BYTES: Final = 4 * CHUNK_BYTES
"""Up to this size the whole file decides on its encoding, not a sample."""


def read(handle: FileHandle, ctx: Context, *, offset: int, limit: int) -> Output:
    """A page of a text, an image, or the kind and size of anything else. Raises ToolFailed."""
    if not handle.exists:
        raise ToolFailed(f"{handle.path} does not exist; find its name with glob")
    if offset < 1 or limit < 1:
        raise ToolFailed(f"offset {offset} and limit {limit}: lines count from 1, and at least one must be wanted")
    found = os.fstat(handle.fd)
    require_regular(found, handle.path)
    head = os.pread(handle.fd, SAMPLE_BYTES if found.st_size > _JUDGED_WHOLE_BYTES else _JUDGED_WHOLE_BYTES, 0)
    # The zeros of a hole are not what makes a file binary: logs that were cut while written have such.
    sample = head.strip(b"\0") if found.st_blocks * 512 < found.st_size else head
    form = form_of(sample, cut=max(0, found.st_size - len(head)))
    if form is None:
        _remember(handle, found, ctx)
        return _no_text(handle, found.st_size, head)
    newline = form.encoding.newline
    index = line_cache.recall(ctx.data_dir, found, newline)
    try:
        page = page_of(Lines(handle.fd, index, newline=newline, start=len(form.bom)), form, offset=offset, limit=limit)
    except BeyondEnd as beyond:
        raise ToolFailed(f"{handle.path} has {beyond.total} lines; offset {offset} is beyond its end") from beyond
    finally:
        line_cache.keep(ctx.data_dir, found, newline, index)
    _remember(handle, found, ctx)
    return Output(parts=(Text(text=page.shown()),), origin=handle.path)


def _remember(handle: FileHandle, found: os.stat_result, ctx: Context) -> None:
    """Let edits pass from now on, if the file stood still while it was read; too large ones cannot be edited anyway."""
    if not ctx.data_dir or found.st_size > MAX_EDITED_BYTES:
        return
    digest = hashlib.sha256()
    at = 0
    while chunk := os.pread(handle.fd, CHUNK_BYTES, at):
        digest.update(chunk)
        at += len(chunk)
    if state_of(os.fstat(handle.fd)) == state_of(found):
        Ledger(ctx.data_dir, ctx.session).saw(handle.path, found, digest.hexdigest())


def _no_text(handle: FileHandle, size: int, head: bytes) -> Output:
    kind = media_type(head)
    said = f"{handle.path}: {kind}, {size} bytes"
    if kind not in SHOWABLE:
        return Output(parts=(Text(text=f"{said}; binary, not shown"),), origin=handle.path)
    if size > MAX_IMAGE_BYTES:
        return Output(parts=(Text(text=f"{said}; too large to be shown (at most {MAX_IMAGE_BYTES})"),))
    with open(handle.fd, "rb", closefd=False) as file:
        file.seek(0)
        data = file.read()
    image = Image(handle="blob:image", media_type=kind)
    return Output(parts=(Text(text=said), image), blobs={"image": data}, origin=handle.path)
