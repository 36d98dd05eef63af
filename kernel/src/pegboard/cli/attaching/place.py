"""Where the sockets of held sessions lie: one file a session, in a folder that only this user enters."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pegboard.places import Places, private
from pegboard_sdk.errors import NotFound

FOLDER: Final = "attach"
ENDING: Final = ".sock"
BACKLOG: Final = 16


class Door:
    """The listening socket of one held session. Whoever holds the journal's lock has a right to the session's file."""

    def __init__(self, places: Places, session: str) -> None:
        """What a dead process left at this place is replaced. Raises OSError, and PermissionDenied as `private`."""
        self._folder = private(places.runtime / FOLDER)
        self._folder.chmod(0o700)
        new = f".{os.getpid()}"
        (self._folder / new).unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            with _near(self._folder) as near:
                self.socket.bind(f"{near}/{new}")
            (self._folder / new).chmod(0o600)
            self.socket.listen(BACKLOG)
            self._file = (self._folder / new).rename(self._folder / f"{session}{ENDING}")
        except BaseException:
            self.socket.close()
            raise

    def rename(self, session: str) -> None:
        """Another session is held now. Raises OSError."""
        self._file = self._file.rename(self._folder / f"{session}{ENDING}")

    def remove(self) -> None:
        """Nobody can attach any more."""
        with suppress(OSError):
            self._file.unlink()


def held(places: Places) -> list[str]:
    """The sessions that a process holds and lets others attach to, oldest first."""
    try:
        names = sorted(name for name in os.listdir(places.runtime / FOLDER) if name.endswith(ENDING))
    except OSError:
        return []
    found = []
    for session in (name.removesuffix(ENDING) for name in names):
        with suppress(NotFound):
            connect(places, session).close()
            found.append(session)
    return found


def connect(places: Places, session: str) -> socket.socket:
    """A connection to the process that holds the session. Raises NotFound when none does."""
    made = socket.socket(socket.AF_UNIX)
    try:
        with _near(places.runtime / FOLDER) as near:
            made.connect(f"{near}/{session}{ENDING}")
    except OSError:
        made.close()
        raise NotFound(f"no process holds session {session}; `peg -r {session}` goes on with it") from None
    return made


@contextmanager
def _near(folder: Path) -> Iterator[str]:
    """The folder by a short name: a socket's address has room for about a hundred characters."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
