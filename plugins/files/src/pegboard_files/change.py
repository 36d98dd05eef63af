"""Changing judged files: what the model must know before, putting the new content in place, writing down how to undo
it. How a new text comes about is `edit`'s, `hunk`'s and the caller's business.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from pegboard_files.encoding import Encoding, Form, Unencodable, decode, encode, form_of
from pegboard_files.judged import Original, load, remove, store
from pegboard_files.ledger import ABSENT, Edit, Ledger, hash_of
from pegboard_sdk import FileHandle, Output, Text, ToolFailed
from pegboard_sdk.diff import Diff, diff

_BINARY: Final = "binary"


class Target(Struct, frozen=True):
    """A judged file as it is now. `form` is None for what is no text, `original` None where there is no file."""

    handle: FileHandle
    original: Original | None
    form: Form | None
    text: str

    @property
    def path(self) -> str:
        """As shown to people."""
        return self.handle.path


class Write(Struct, frozen=True):
    """A new content for a target: None deletes it. `mode` replaces the permission bits."""

    target: Target
    data: bytes | None
    mode: int | None = None


def target_of(handle: FileHandle, ledger: Ledger) -> Target:
    """Load a file that is about to be changed. Raises ToolFailed when the model does not know what it holds now.

    Outside a session (no model reads) only a change since is refused.
    """
    original = load(handle)
    if original is None:
        return Target(handle, None, Form(), "")
    known = ledger.seen(handle.path, handle.device, handle.inode)
    if known is None and ledger.session:
        raise ToolFailed(f"{handle.path} was not read in this session; read it with read_file, then repeat this")
    if known is not None and known != hash_of(original.data):
        raise ToolFailed(f"{handle.path} changed since you read it; read it again, then repeat this")
    form = form_of(original.data)
    return Target(handle, original, form, "" if form is None else decode(original.data, form))


def require_text(target: Target) -> Form:
    """The form of an existing text. Raises ToolFailed when there is no file or it is binary."""
    if target.original is None:
        raise ToolFailed(f"{target.path} does not exist; create it with write_file")
    if target.form is None:
        raise ToolFailed(f"{target.path} is binary; only text can be edited")
    return target.form


def encoded(text: str, form: Form, path: str) -> bytes:
    """The bytes of an edited text. Raises ToolFailed naming a character that the file's encoding lacks."""
    try:
        return encode(text, form)
    except Unencodable as error:
        remedy = "" if form.encoding is not Encoding.LATIN1 else "; leave it out, or rewrite the file with write_file"
        raise ToolFailed(f"{path}: {error}{remedy}") from error


def commit(writes: Sequence[Write], ledger: Ledger, *, turn: int) -> list[Diff]:
    """Carry out writes one after another, and note how each is undone. Their diffs.

    Raises ToolFailed when one cannot be done; those before it are taken back then.
    """
    _keep(writes, ledger)
    done: list[tuple[Write, FileHandle | None]] = []
    try:
        for write in writes:
            done.append((write, _carry_out(write, ledger)))
    except ToolFailed as error:
        lost = [path for path in (_taken_back(*step, ledger) for step in reversed(done)) if path]
        note = f"; these stay changed: {', '.join(lost)}" if lost else "; the other files were put back" if done else ""
        raise ToolFailed(f"{error.message}{note}") from error
    for write, _ in done:
        before = write.target.original
        ledger.note(
            Edit(
                turn=turn,
                path=write.target.path,
                before=ABSENT if before is None else hash_of(before.data),
                after=ABSENT if write.data is None else hash_of(write.data),
                mode=0 if before is None else before.mode,
            )
        )
    return [_diff(write) for write in writes]


def _keep(writes: Sequence[Write], ledger: Ledger) -> None:
    try:
        for write in writes:
            if write.target.original is not None:
                ledger.keep(write.target.original.data)
    except OSError as error:
        raise ToolFailed(
            f"nothing was changed, since the old content cannot be kept for undo: {error.strerror}"
        ) from error


def _carry_out(write: Write, ledger: Ledger) -> FileHandle | None:
    """Do one write; the handle of what stands there afterwards."""
    handle, original = write.target.handle, write.target.original
    if write.data is None:
        if original is not None:
            remove(handle, original)
        return None
    found = store(handle, write.data, original, mode=write.mode)
    ledger.saw(handle.path, found, hash_of(write.data))
    return replaced_handle(handle, found.st_dev, found.st_ino)


def replaced_handle(handle: FileHandle, device: int, inode: int) -> FileHandle:
    """The same grant for the file that stands there after our own write."""
    return FileHandle(
        fd=handle.fd, path=handle.path, access=handle.access, name=handle.name, exists=True, device=device, inode=inode
    )


def _taken_back(write: Write, handle: FileHandle | None, ledger: Ledger) -> str:
    """Put back what one write replaced; the path when that fails."""
    original = write.target.original
    try:
        now = None if handle is None else load(handle)
        if original is not None:
            found = store(handle or _vacant(write.target.handle), original.data, now, mode=original.mode)
            ledger.saw(write.target.path, found, hash_of(original.data))
        elif handle is not None and now is not None:
            remove(handle, now)
    except ToolFailed:
        return write.target.path
    return ""


def _vacant(handle: FileHandle) -> FileHandle:
    return FileHandle(fd=handle.fd, path=handle.path, access=handle.access, name=handle.name, exists=False)


def _diff(write: Write) -> Diff:
    target = write.target
    old = "/dev/null" if target.original is None else target.path
    new = "/dev/null" if write.data is None else target.path
    form = form_of(write.data) if write.data else Form()
    if target.form is None or form is None:
        return Diff(f"--- {old}\n+++ {new}\n[{_BINARY}]\n", 0, 0)
    return diff(target.text, decode(write.data, form) if write.data else "", old=old, new=new)


def output(said: str, diffs: Sequence[Diff]) -> Output:
    """A short result for the model, with the diffs for people."""
    return Output(parts=(Text(text=said),), shown="".join(each.text for each in diffs))
