"""What a session has read and changed, on disk below the plugin's data folder. Nothing of it is held in memory, so it
outlives the process. Whether an edit is right, and the files of the workspace, are not its business.

    sessions/SESSION/seen/...       hash of the content last shown or written, by file identity and by path
    sessions/SESSION/objects/HASH   contents that edits replaced
    sessions/SESSION/edits.jsonl    what was changed, in order
"""

import hashlib
import os
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from pegboard_sdk import ToolFailed

ABSENT: Final = ""
"""Stands for the hash of a file that is not there."""

_SAFE: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_DAY_S: Final = 86_400


class Edit(Struct, frozen=True, tag="edit"):
    """A file was changed: its hashes before and after, and the mode bits that it had (0 when it was not there)."""

    turn: int
    path: str
    before: str
    after: str
    mode: int = 0


class Undone(Struct, frozen=True, tag="undone"):
    """All edits of a turn to one file were taken back."""

    turn: int
    path: str


class Span(Struct, frozen=True):
    """What a turn did to one file, from its first edit to its last."""

    turn: int
    path: str
    before: str
    after: str
    mode: int


_line_decoder: Final[msgspec.json.Decoder[Edit | Undone]] = msgspec.json.Decoder(Edit | Undone)


def hash_of(data: bytes) -> str:
    """The name of a content."""
    return hashlib.sha256(data).hexdigest()


class Ledger:
    """One session's part. Raises ToolFailed when there is no data folder: without it nothing could be undone."""

    def __init__(self, data_dir: str, session: str) -> None:
        if not data_dir:
            raise ToolFailed("this plugin was started without a data folder, where undo is kept; start it through peg")
        name = session if _SAFE.fullmatch(session) else f"x-{hash_of(session.encode())[:32]}" if session else "none"
        self.session = session
        self._root = Path(data_dir, "sessions", name)

    def saw(self, path: str, found: os.stat_result, content: str) -> None:
        """Remember that this content of the file was shown to the model, or written by it."""
        folder = self._folder("seen")
        for name in self._names(path, found.st_dev, found.st_ino):
            (folder / name).write_text(content, encoding="ascii")

    def seen(self, path: str, device: int, inode: int) -> str | None:
        """The hash of the content that the model knows, or None when it was never shown the file."""
        for name in self._names(path, device, inode):
            with suppress(FileNotFoundError):
                return (self._root / "seen" / name).read_text(encoding="ascii")
        return None

    def keep(self, data: bytes) -> str:
        """Store a content that is about to be replaced; its hash."""
        name = hash_of(data)
        kept = self._folder("objects") / name
        if not kept.exists():
            temporary = kept.with_name(f".{os.urandom(8).hex()}")
            temporary.write_bytes(data)
            temporary.replace(kept)
        return name

    def kept(self, name: str) -> bytes:
        """A content that was stored. Raises ToolFailed when it is gone or damaged."""
        try:
            data = (self._root / "objects" / name).read_bytes()
        except FileNotFoundError:
            raise ToolFailed("the old content is no longer kept; nothing was undone") from None
        if hash_of(data) != name:
            raise ToolFailed("the kept content is damaged; nothing was undone")
        return data

    def note(self, entry: Edit | Undone) -> None:
        """Write down what was done; one write, so a torn line can only be the last."""
        log = os.open(self._folder() / "edits.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(log, msgspec.json.encode(entry) + b"\n")
        finally:
            os.close(log)
        self._touch()

    def _touch(self) -> None:
        """By descriptor: a sandbox lets nobody set times by name."""
        root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.utime(root)
        finally:
            os.close(root)

    def last_turn(self) -> dict[str, Span]:
        """What the newest turn with edits that still stand did, by path."""
        standing: list[Edit] = []
        for entry in self._entries():
            if isinstance(entry, Edit):
                standing.append(entry)
            else:
                standing = [edit for edit in standing if (edit.turn, edit.path) != (entry.turn, entry.path)]
        newest = max((edit.turn for edit in standing), default=0)
        spans: dict[str, Span] = {}
        for edit in (edit for edit in standing if edit.turn == newest):
            first = spans.get(edit.path)
            before, mode = (first.before, first.mode) if first else (edit.before, edit.mode)
            spans[edit.path] = Span(newest, edit.path, before, edit.after, mode)
        return {path: span for path, span in spans.items() if span.before != span.after}

    def _entries(self) -> list[Edit | Undone]:
        try:
            lines = (self._root / "edits.jsonl").read_bytes().split(b"\n")
        except FileNotFoundError:
            return []
        entries: list[Edit | Undone] = []
        for line in filter(None, lines):
            with suppress(msgspec.DecodeError):
                entries.append(_line_decoder.decode(line))
        return entries

    def _folder(self, name: str = "") -> Path:
        folder = self._root / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _names(self, path: str, device: int, inode: int) -> tuple[str, str]:
        return f"{device}-{inode}", f"path-{hash_of(os.fsencode(path))[:32]}"


def forget_old(data_dir: str, days: float) -> None:
    """Remove what sessions kept that changed nothing for so many days, and line indexes as old."""
    oldest = time.time() - days * _DAY_S
    for folder in (Path(data_dir, "sessions"), Path(data_dir, "lines")):
        with suppress(FileNotFoundError):
            for entry in os.scandir(folder):
                if entry.stat(follow_symlinks=False).st_mtime < oldest:
                    _discard(Path(entry.path))


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # Needed on few starts, and costs each one 3 ms.
        import shutil  # noqa: PLC0415

        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
