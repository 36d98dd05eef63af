"""The last walls of an executed plugin, put up inside bubblewrap's: by the interpreter that will run it, or a launcher.

It runs in interpreters that have no package but Python's own, so it imports what needs none.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from pegboard.sandbox import landlock, listener, privileges, seccomp

PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from pegboard.sandbox.prologue import main; exec(compile(main(), '<plugin>', 'exec'), {'__name__': '__main__'})"
)
"""Arguments: the folder that holds this package, the walls, the code to run (or nothing), what it or a program gets."""


class Walls(NamedTuple):
    """Plain values, as they come through JSON."""

    mighty: bool
    user: int
    group: int
    rules: list[tuple[str | int, int]]
    ports: Sequence[int] | None
    version: int
    proxy: int
    """The descriptor over which a listening socket goes out; -1 for none."""
    filter: str
    """One more filter of system calls, in hexadecimal."""


def main() -> str:
    """Put them up; the code that is to run now, unless a program was executed. Raises OSError."""
    _, folder, text, code, *rest = sys.argv
    _put_up(Walls(*json.loads(text)))
    if not code:
        os.execvp(rest[0], rest)
    sys.argv = ["-c", *rest]
    sys.path.remove(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "pegboard"]:
        del sys.modules[name]
    return code


def _put_up(walls: Walls) -> None:
    ports = walls.ports
    if walls.proxy >= 0:
        port = listener.offer(walls.proxy)
        ports = None if ports is None else (port,)
    privileges.give_up(mighty=walls.mighty, user=walls.user, group=walls.group)
    landlock.restrict([(path, rights) for path, rights in walls.rules], ports=ports, version=walls.version)
    if walls.filter:
        seccomp.load(bytes.fromhex(walls.filter))
