"""Starting the spawner: synchronous, quick, on the main thread, and before trio is imported."""

import os
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from pegboard.spawner.messages import DEAF
from pegboard_sdk import posix

PROGRAM: Final = (
    "import sys; sys.path.extend(sys.argv[3:]); from pegboard.spawner.program import main; "
    "from pegboard_sdk.host import rehearse, serve; rehearse(); "
    "sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:], serve))"
)


class Spawner(Struct, frozen=True):
    """A launched spawner. It ends when `channel` is closed, or when this process is gone."""

    channel: socket.socket
    pid: int


def launch_spawner(path: Sequence[str], environ: Mapping[str, str]) -> Spawner:
    """Execute the spawner. `path` is what its `sys.path` holds after the library, `environ` is all that it is given.

    This process becomes a child subreaper (what outlives the spawner comes to it) and forbids dumps of its memory. Call
    it on the main thread. Raises OSError.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.set_inheritable(True)
        argv = [sys.executable, "-I", "-S", "-c", PROGRAM, str(theirs.fileno()), sys.prefix, *path]
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        ]
        # Blocked until the program ignores them: it is deaf to the keyboard from its first instruction.
        pid = os.posix_spawn(sys.executable, argv, environ, file_actions=actions, setpgroup=0, setsigmask=DEAF)
    posix.become_subreaper()
    posix.forbid_dump()
    return Spawner(ours, pid)
