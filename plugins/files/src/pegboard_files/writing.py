"""The tools that write one file: whole, or by replacing pieces of it."""

from typing import Final

from msgspec import Struct

from pegboard_files.change import Target, Write, commit, encoded, output, require_text, target_of
from pegboard_files.edit import Ambiguous, NotFound, Replaced, redacted_in, replace
from pegboard_files.encoding import Encoding, Form
from pegboard_files.ledger import Ledger
from pegboard_files.nearest import nearest
from pegboard_sdk import Context, FileHandle, Output, ToolFailed

_SHOWN_PLACES: Final = 20


class Replacement(Struct, frozen=True):
    """One replacement of `multi_edit`."""

    old_str: str
    new_str: str
    replace_all: bool = False


def written(handle: FileHandle, content: str, ctx: Context) -> Output:
    """Put `content` in the judged place. Encoding, mark and uniform CRLF of a file that was there are kept.

    Raises ToolFailed; then the file is as it was. Cancellation before the write leaves it so, too.
    """
    ledger = Ledger(ctx.data_dir, ctx.session)
    target = target_of(handle, ledger)
    _refuse_redacted(content, target)
    text, told = _with_habits(content, target)
    form = target.form or Form()
    if form.encoding is Encoding.LATIN1 and not text.isascii() and any(ord(letter) > 255 for letter in text):
        form, told = Form(), [*told, "now UTF-8, it was Latin-1"]
    data = encoded(text, form, target.path)
    if target.original is not None and data == target.original.data:
        return output(f"{target.path} already holds exactly this.", ())
    ctx.check()
    diffs = commit([Write(target, data)], ledger, turn=ctx.turn)
    verb = "Created" if target.original is None else "Overwrote"
    lines = text.count("\n") + (not text.endswith("\n") and bool(text))
    kept = [form.told] if form.told and target.original is not None else []
    notes = f" ({', '.join([*kept, *told])})" if kept or told else ""
    return output(f"{verb} {target.path}: {lines} lines, {len(data)} bytes{notes}.", diffs)


def edited(handle: FileHandle, edits: list[Replacement], ctx: Context) -> Output:
    """Replace pieces of the judged file, all of them or none. Raises ToolFailed with the place and the repair."""
    ledger = Ledger(ctx.data_dir, ctx.session)
    target = target_of(handle, ledger)
    form = require_text(target)
    if not edits:
        raise ToolFailed("edits is empty; give at least one {old_str, new_str}")
    text = target.text
    at: list[int] = []
    for number, edit in enumerate(edits, 1):
        where = f"edit {number} of {len(edits)}: " if len(edits) > 1 else ""
        _refuse_redacted(edit.new_str, target)
        done = _replaced(text, edit, target.path, where)
        text = done.text
        at += done.at
    if text == target.text:
        raise ToolFailed(f"{target.path}: the edits change nothing")
    data = encoded(text, form, target.path)
    ctx.check()
    diffs = commit([Write(target, data)], ledger, turn=ctx.turn)
    places = ", ".join(map(str, at[:_SHOWN_PLACES])) + (", …" if len(at) > _SHOWN_PLACES else "")
    what = f"line {places}" if len(at) == 1 else f"{len(at)} places (lines {places})"
    return output(f"Edited {target.path} at {what}: +{diffs[0].added} -{diffs[0].removed}.", diffs)


def _replaced(text: str, edit: Replacement, path: str, where: str) -> Replaced:
    if not edit.old_str:
        raise ToolFailed(f"{where}old_str is empty; give the text to replace, or use write_file for the whole file")
    if edit.old_str == edit.new_str:
        raise ToolFailed(f"{where}old_str and new_str are the same")
    unknown = redacted_in(edit.old_str, text)
    if unknown is not None:
        raise ToolFailed(f"{where}{unknown} is from before and stands for nothing now; read the file again")
    done = replace(text, edit.old_str, edit.new_str, everywhere=edit.replace_all)
    if isinstance(done, Ambiguous):
        lines = ", ".join(map(str, done.at[:_SHOWN_PLACES]))
        raise ToolFailed(
            f"{where}old_str occurs {len(done.at)} times in {path}, at lines {lines}; "
            "add lines around it until it is unique, or set replace_all"
        )
    if isinstance(done, NotFound):
        raise ToolFailed(f"{where}old_str does not occur in {path}{_closest(text, edit.old_str)}")
    return done


def _closest(text: str, sought: str) -> str:
    found = nearest(text, sought)
    if found is None:
        return ", nor anything like it; read the file again"
    what = "only white space differs in" if found.differs_in_space else "closest are"
    return f"; {what} lines {found.first}-{found.first + len(found.lines) - 1}:\n{found.shown()}"


def _refuse_redacted(new: str, target: Target) -> None:
    mark = redacted_in(new, target.text)
    if mark is not None:
        raise ToolFailed(f"{mark} stands for a secret that you were not shown; leave the lines that hold it unedited")


def _with_habits(content: str, target: Target) -> tuple[str, list[str]]:
    """`content` with the line ends of a file whose every line ended in CRLF, and what was done."""
    old = target.text
    is_crlf = "\r\n" in old and old.count("\r\n") == old.count("\n")
    if is_crlf and "\n" in content and "\r\n" not in content:
        return content.replace("\n", "\r\n"), ["CRLF line ends kept"]
    return content, []
