"""Carries out an undo below the workspace: each file whole or not at all, links never followed, others' files kept.

In an order in which nothing stands in the way: what was made goes, folders come, files come back, folders are closed.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

from pegboard_undo.contents import Contents
from pegboard_undo.entry import Change, Entry, Kind
from pegboard_undo.place import opened, parted
from pegboard_undo.plan import Plan

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN: Final = 0o700
"""What a folder's owner needs to change what is in it."""

Failures = dict[str, str]
"""Why not, by path."""


class Applying:
    """One undo, known by its number. `root` stays the caller's."""

    def __init__(self, root: int, contents: Contents, undo: int) -> None:
        self._root = root
        self._contents = contents
        self._undo = undo
        self._opened_up: dict[str, int] = {}
        self.failures: Failures = {}

    def run(self, plan: Plan) -> Failures:
        """All of it; what could not be done, and why."""
        moves = {move.path: move for move in plan.moves}
        made = {path for path, move in moves.items() if _is_folder(move.after)}
        removed = {path for path, move in moves.items() if _is_folder(move.before)}
        moved = set(plan.sources.values())
        for path, move in moves.items():
            goes = move.after is None or path in made
            if goes and move.before is not None and path not in removed and path not in moved:
                self._try(path, self._unlink)
        for path in sorted(made - removed):
            self._try(path, self._make_folder)
        for path, source in plan.sources.items():
            self._try(path, partial(self._move, source=source))
        for path in sorted(removed - made, reverse=True):
            self._try(path, self._remove_folder)
        for path in moves.keys() - made - plan.links.keys():
            if (target := moves[path].after) is not None:
                is_there = path in plan.sources or _has_content(moves[path].before, target)
                self._try(path, partial(self._write, target=target, is_there=is_there))
        for path, leader in plan.links.items():
            self._try(path, partial(self._link, leader=leader))
        self._close(moves)
        return self.failures

    def _try(self, path: str, act: Callable[[int, str], None]) -> None:
        if path in self.failures:
            return
        folder, name = parted(path)
        try:
            self._open_up(folder)
            with opened(self._root, folder) as held:
                act(held, name)
        except OSError as error:
            self.failures[path] = error.strerror or str(error)

    # What each step does.

    def _unlink(self, folder: int, name: str) -> None:
        os.unlink(name, dir_fd=folder)

    def _make_folder(self, folder: int, name: str) -> None:
        os.mkdir(name, OPEN, dir_fd=folder)

    def _remove_folder(self, folder: int, name: str) -> None:
        os.rmdir(name, dir_fd=folder)

    def _move(self, folder: int, name: str, source: str) -> None:
        above, own = parted(source)
        self._open_up(above)
        with opened(self._root, above) as held:
            os.rename(own, name, src_dir_fd=held, dst_dir_fd=folder)

    def _link(self, folder: int, name: str, leader: str) -> None:
        above, own = parted(leader)
        with opened(self._root, above) as held, self._beside(folder, name) as temporary:
            os.link(own, temporary, src_dir_fd=held, dst_dir_fd=folder, follow_symlinks=False)
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)

    def _write(self, folder: int, name: str, *, target: Entry, is_there: bool) -> None:
        if target.kind is Kind.LINK:
            with self._beside(folder, name) as temporary:
                os.symlink(os.fsdecode(target.content), temporary, dir_fd=folder)
                with suppress(OSError):  # a sandbox may let nobody set times by name
                    times = (target.mtime_ns, target.mtime_ns)
                    os.utime(temporary, ns=times, dir_fd=folder, follow_symlinks=False)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        elif not (is_there and _finished(folder, name, target)):
            with self._beside(folder, name) as temporary:
                with _file(folder, temporary, _NEW) as file:
                    self._contents.write(target.content, file)
                    _finish(file, target)
                    os.fsync(file)
                os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)

    @contextmanager
    def _beside(self, folder: int, name: str) -> Iterator[str]:
        """A name for what is made before it takes its place; one that a kill left there is taken over."""
        temporary = f".peg-undo-{self._undo}-{name[:100]}"
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        try:
            yield temporary
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)

    # Folders: writable while this goes on, and as they were at the end.

    def _open_up(self, folder: str) -> None:
        if folder in self._opened_up:
            return
        if folder:
            self._open_up(parted(folder)[0])
        with opened(self._root, parted(folder)[0]) if folder else opened(self._root, "") as held:
            found = os.stat(parted(folder)[1] or ".", dir_fd=held, follow_symlinks=False)
            self._opened_up[folder] = stat.S_IMODE(found.st_mode)
            if stat.S_ISDIR(found.st_mode) and found.st_mode & OPEN != OPEN:
                os.chmod(parted(folder)[1] or ".", stat.S_IMODE(found.st_mode) | OPEN, dir_fd=held)

    def _close(self, moves: dict[str, Change]) -> None:
        """Modes and times of folders, the deepest first; and what was done is on disk."""
        modes: dict[str, tuple[int, int]] = {
            folder: (mode, 0) for folder, mode in self._opened_up.items() if mode & OPEN != OPEN
        }
        for path, move in moves.items():
            if move.after is not None and move.after.kind is Kind.FOLDER:
                modes[path] = (move.after.mode, move.after.mtime_ns)
        for folder in sorted({*modes, *self._opened_up}, key=lambda path: (path.count("/"), path), reverse=True):
            with suppress(OSError), opened(self._root, folder) as held:
                os.fsync(held)
                mode, mtime_ns = modes.get(folder, (-1, 0))
                if mode >= 0:
                    os.fchmod(held, mode)
                if mtime_ns:
                    os.utime(held, ns=(mtime_ns, mtime_ns))


def _is_folder(entry: Entry | None) -> bool:
    return entry is not None and entry.kind is Kind.FOLDER


def _has_content(now: Entry | None, target: Entry) -> bool:
    """Whether only mode, times or attributes differ."""
    return now is not None and now.kind is Kind.FILE and bool(now.content) and now.content == target.content


@contextmanager
def _file(folder: int, name: str, flags: int) -> Iterator[int]:
    """A file for its owner alone until it is finished."""
    file = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        yield file
    finally:
        os.close(file)


def _finished(folder: int, name: str, target: Entry) -> bool:
    """Whether a file that has the right content could be opened and finished."""
    try:
        with _file(folder, name, os.O_RDONLY) as file:
            _finish(file, target)
    except PermissionError:
        return False
    return True


def _finish(file: int, target: Entry) -> None:
    """What belongs to a file besides its bytes; what a sandbox refuses of it is left."""
    with suppress(OSError):
        for name in os.listxattr(file):
            if name.startswith("user.") and name not in target.attributes:
                os.removexattr(file, name)
        for name, value in target.attributes.items():
            os.setxattr(file, name, value)
    os.fchmod(file, target.mode)
    os.utime(file, ns=(target.mtime_ns, target.mtime_ns))
