"""The tool that takes back the edits of the last turn, from the contents that were kept."""

from pegboard_files.change import output
from pegboard_files.encoding import Form, decode, form_of
from pegboard_files.judged import Original, load, remove, store
from pegboard_files.ledger import ABSENT, Ledger, Span, Undone, hash_of
from pegboard_sdk import Context, FileHandle, Output, ToolFailed
from pegboard_sdk.diff import Diff, diff


def reverted(paths: list[str], ctx: Context) -> Output:
    """Put the files back to what they were before the last turn that edited any; with no paths, name them.

    Raises ToolFailed, before anything is written, when one was not edited then or was changed since.
    """
    ledger = Ledger(ctx.data_dir, ctx.session)
    spans = ledger.last_turn()
    if not spans:
        raise ToolFailed("no edit of this session is left to undo")
    if not paths:
        return output("Edited in the last turn: " + ", ".join(sorted(spans)), ())
    steps = [_step(ctx.file(f"paths[{index}]"), spans, ledger) for index in range(len(paths))]
    ctx.check()
    diffs: list[Diff] = []
    for handle, span, now, kept in steps:
        _put_back(handle, span, now, kept, ledger)
        ledger.note(Undone(span.turn, span.path))
        diffs.append(_diff(span, b"" if now is None else now.data, kept))
    verbs = (f"{'Removed' if span.before == ABSENT else 'Restored'} {span.path}" for _, span, _, _ in steps)
    return output("\n".join(verbs), diffs)


def _step(
    handle: FileHandle, spans: dict[str, Span], ledger: Ledger
) -> tuple[FileHandle, Span, Original | None, bytes]:
    """What is to be done for one file, with all that can go wrong checked."""
    span = spans.get(handle.path)
    if span is None:
        raise ToolFailed(f"{handle.path} was not edited in the last turn with edits; those were {', '.join(spans)}")
    now = load(handle)
    if (ABSENT if now is None else hash_of(now.data)) != span.after:
        raise ToolFailed(f"{handle.path} was changed after the edit, so undoing would lose that; nothing was undone")
    return handle, span, now, b"" if span.before == ABSENT else ledger.kept(span.before)


def _put_back(handle: FileHandle, span: Span, now: Original | None, kept: bytes, ledger: Ledger) -> None:
    if span.before != ABSENT:
        found = store(handle, kept, now, mode=span.mode)
        ledger.saw(span.path, found, span.before)
    elif now is not None:
        remove(handle, now)


def _diff(span: Span, was: bytes, kept: bytes) -> Diff:
    old = "/dev/null" if span.after == ABSENT else span.path
    new = "/dev/null" if span.before == ABSENT else span.path
    forms = form_of(was), form_of(kept)
    if None in forms:
        return Diff(f"--- {old}\n+++ {new}\n[binary]\n", 0, 0)
    texts = [decode(data, form or Form()) for data, form in zip((was, kept), forms, strict=True)]
    return diff(texts[0], texts[1], old=old, new=new)
