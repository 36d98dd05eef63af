"""Tier T1: a program started through bubblewrap, which makes the namespaces and the tree; the rest goes on top inside.

What is executed brings its own interpreter, so nothing can be done for it between fork and first instruction but this.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pegboard.sandbox import calls, enter, privileges, prologue, seccomp, tree, walls
from pegboard.sandbox.confinement import Confinement, Network
from pegboard.sandbox.tree import Kind, Mount

PLACES: Final = ("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap")
"""Where it is looked for; PATH is not asked."""

_PACKAGES: Final = str(Path(__file__).parents[2])
_OPTIONS: Final = {
    Kind.READ: "--ro-bind", Kind.SHUT: "--ro-bind", Kind.WRITE: "--bind", Kind.PIN: "--bind",
    Kind.DEVICE: "--dev-bind", Kind.LINK: "--symlink",
}  # fmt: skip
_KEPT: Final = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")
"""What the prologue needs to give up the rest, where bubblewrap was started by root."""


def found() -> str:
    """The program. Raises OSError when it is not installed."""
    for place in PLACES:
        if os.access(place, os.X_OK):
            return place
    raise OSError(0, "bubblewrap is not installed")


def command(confinement: Confinement, argv: Sequence[str], *, cwd: str, passing_fd: int) -> list[str]:
    """What to execute instead of `argv`. Descriptors that it names are opened here, to be inherited. Raises OSError."""
    mighty, version = privileges.is_mighty(), enter.known_landlock()
    user, group = enter.identity(confinement, mighty=mighty)
    words = [found(), "--unshare-ipc", "--unshare-uts", "--unshare-pid", "--die-with-parent", "--cap-drop", "ALL"]
    words += [] if confinement.network is Network.HOST else ["--unshare-net"]
    words += [word for name in _KEPT for word in ("--cap-add", name)] if mighty else ["--unshare-user"]
    for mount in tree.plan(confinement, processes=True, user=user, group=group):
        # Made by name, as bubblewrap's own would be for its eyes only.
        words += [word for above in reversed(Path(mount.target).parents[:-1]) for word in ("--dir", str(above))]
        words += _options(mount)
    outer = _inherited(_filter(confinement, version, executed=True))
    words += ["--ro-bind", f"{_PACKAGES}/pegboard", f"{_PACKAGES}/pegboard"]
    words += ["--remount-ro", "/", "--chdir", cwd, "--seccomp", str(outer), "--"]
    is_python = "-c" in argv and os.path.basename(argv[0]).startswith("python")
    handed = [_kept_open(path) for path in confinement.handed]
    rules = walls.inside(confinement, () if is_python else walls.needed_by(argv[0]), handed)
    proxy = passing_fd if confinement.network is Network.PROXY else -1
    inner = _filter(confinement, version, executed=False).hex() if is_python and not confinement.execute else ""
    ports = walls.ports(confinement, 0)
    text = json.dumps(prologue.Walls(mighty, user, group, rules, ports, version, proxy, inner))
    if is_python:
        place = argv.index("-c") + 1
        return [*words, *argv[:place], prologue.PROGRAM, _PACKAGES, text, *argv[place:]]
    own = os.path.realpath(sys.executable)
    return [*words, own, "-I", "-S", "-B", "-c", prologue.PROGRAM, _PACKAGES, text, "", *argv]


def _kept_open(path: str) -> int:
    descriptor = os.open(path, os.O_PATH)
    os.set_inheritable(descriptor, True)  # noqa: FBT003 - positional-only
    return descriptor


def _filter(confinement: Confinement, version: int, *, executed: bool) -> bytes:
    room = walls.room(confinement, version=version, executed=executed, processes=True)
    return seccomp.program(room, machine=calls.machine(), pid=0)


def _options(mount: Mount) -> list[str]:
    match mount.kind:
        case Kind.TEXT:
            return ["--ro-bind-data", str(_inherited(mount.source.encode())), mount.target]
        case Kind.MEMORY:
            return ["--perms", "1777", "--tmpfs", mount.target]
        case Kind.PROCESSES:
            return ["--proc", mount.target, "--remount-ro", mount.target]
        case Kind.HIDDEN if os.path.isdir(mount.target):
            return ["--tmpfs", mount.target, "--remount-ro", mount.target]
        case Kind.HIDDEN:
            return ["--ro-bind", os.devnull, mount.target]
        case Kind.SHUT if os.path.islink(mount.source):
            raise OSError(0, f"{mount.source} is a link, which bubblewrap cannot keep as it is")
        case _:
            return [_OPTIONS[mount.kind], mount.source, mount.target]


def _inherited(data: bytes) -> int:
    """A descriptor of a file in memory, at its start."""
    descriptor = os.memfd_create("sandbox", 0)
    os.write(descriptor, data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
