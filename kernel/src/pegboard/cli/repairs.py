"""What `peg doctor --fix` may put right by itself: only what nothing is lost by, each said before it is done."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from pegboard.places import Places

SCRATCH: Final = "tmp-"
"""Begins the folder of a running program, with its process id behind."""


class Repair(NamedTuple):
    """Something that is wrong, what would be done, and the doing, which raises OSError."""

    wrong: str
    will: str
    deed: Callable[[], object]


def repairs(places: Places) -> Iterator[Repair]:
    """All that can be put right here now. Changes nothing by itself."""
    if sys.platform != "win32":
        yield from _open_folders(places)
        yield from _left_behind(places.runtime)
    yield from _caches(places.cache)


def _open_folders(places: Places) -> Iterator[Repair]:
    for name, folder in (("state", places.state), ("data", places.data), ("configuration", places.config)):
        try:
            status = folder.lstat()
        except OSError:
            continue
        mode = stat.S_IMODE(status.st_mode)
        # Of the configuration it only matters who may change it: somebody may share their dot files.
        wrong = mode & (0o022 if folder == places.config else 0o077)
        if stat.S_ISDIR(status.st_mode) and wrong and status.st_uid == os.geteuid():
            others = "write in" if wrong & 0o022 else "read"
            done = partial(folder.chmod, mode & ~wrong)
            yield Repair(f"others may {others} the {name} folder {folder}", f"chmod {mode & ~wrong:o} {folder}", done)


def _left_behind(runtime: Path) -> Iterator[Repair]:
    """What programs left that were killed: their scratch folders, and sockets that nobody listens at."""
    try:
        entries = sorted(os.scandir(runtime), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        number = entry.name.removeprefix(SCRATCH)
        if (
            entry.name != number
            and number.isdigit()
            and entry.is_dir(follow_symlinks=False)
            and not _lives(int(number))
        ):
            yield Repair(
                f"{entry.path} was left by a program that is gone", f"remove {entry.path}", _removal(entry.path)
            )
        elif stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode) and not _listened_at(entry.path):
            yield Repair(
                f"nobody listens at {entry.path} any more", f"remove {entry.path}", partial(os.unlink, entry.path)
            )


def _removal(path: str) -> Callable[[], object]:
    return partial(shutil.rmtree, path)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _listened_at(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(1)
        try:
            one.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
    return True


def _caches(cache: Path) -> Iterator[Repair]:
    """A cache that we may not write, wholly or in part: it is made anew when it is needed."""
    try:
        wrong = [entry.path for entry in os.scandir(cache) if not os.access(entry.path, os.W_OK)]
    except OSError:
        return
    if wrong and os.access(cache, os.W_OK):
        beside = cache.with_name(f"{cache.name}.old-{os.getpid()}")
        what = f"the cache holds what this user may not write ({wrong[0]})"
        yield Repair(what, f"move {cache} to {beside}", partial(cache.rename, beside))
