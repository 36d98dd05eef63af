"""Folders below the workspace, opened step by step without following a link: nothing leads out of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def joined(folder: str, name: str) -> str:
    """The path of a name in a folder; the workspace itself is the empty path."""
    return f"{folder}/{name}" if folder else name


def parted(path: str) -> tuple[str, str]:
    """The folder of a path, and the name there."""
    folder, _, name = path.rpartition("/")
    return folder, name


def above_of(path: str) -> list[str]:
    """The folders that a path lies in, the workspace left out."""
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


@contextmanager
def opened(root: int, folder: str) -> Iterator[int]:
    """The folder's descriptor, closed at the end. Raises OSError."""
    held = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=root)
    try:
        for name in folder.split("/") if folder else ():
            below = os.open(name, FOLDER, dir_fd=held)
            os.close(held)
            held = below
        yield held
    finally:
        os.close(held)
