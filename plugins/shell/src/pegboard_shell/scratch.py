"""The folder for the output of this process's jobs, and the removal of those that dead processes left behind."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LOCK: Final = "lock"


class Scratch:
    """A private folder below `parent`, held by a lock that ends with this process, however it ends. Opening one removes
    those next to it that nobody holds. With no `parent` it lies among the system's temporary files."""

    def __init__(self, parent: str) -> None:
        if not parent:
            self.path = tempfile.mkdtemp(prefix="pegboard-shell-")
            self._lock = _lock_in(self.path)
            return
        os.makedirs(parent, 0o700, exist_ok=True)
        with _held(parent):
            _remove_unheld(parent)
            self.path = tempfile.mkdtemp(dir=parent)
            self._lock = _lock_in(self.path)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


@contextmanager
def _held(folder: str) -> Iterator[None]:
    lock = _lock_in(folder)
    try:
        yield
    finally:
        os.close(lock)


def _lock_in(folder: str, *, mode: int = fcntl.LOCK_EX) -> int:
    """A descriptor that holds the folder's lock. Raises BlockingIOError when another does and `mode` does not wait."""
    lock = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, mode)
    except OSError:
        os.close(lock)
        raise
    return lock


def _remove_unheld(parent: str) -> None:
    for entry in os.scandir(parent):
        if entry.is_dir(follow_symlinks=False):
            try:
                os.close(_lock_in(entry.path, mode=fcntl.LOCK_EX | fcntl.LOCK_NB))
            except OSError:
                continue
            shutil.rmtree(entry.path, ignore_errors=True)
