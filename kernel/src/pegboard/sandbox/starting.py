"""What a launch means for its confinement: what has to be seen so that it can run at all, and which tier starts how."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec

from pegboard.sandbox import bounds, bubblewrap, enter, namespaces, placeholders, seatbelt, system, walls
from pegboard.sandbox.confinement import Confinement, Tier
from pegboard.spawner.messages import Launch


def confine(launch: Launch, library: Sequence[str], *, passing_fd: int) -> Sequence[str]:
    """Confine this process as the launch says; what it is to execute then, nothing for a forked plugin.

    `library` are the folders of Python itself. The environment must be the launch's. On failure it does not return.
    """
    if launch.confinement is None:
        return launch.argv
    with enter.failing_closed(launch.confinement):
        granted, argv = _with_own(launch.confinement, launch, library), _found(launch.argv)
        if granted.tier in (Tier.EXECUTED, Tier.SEATBELT):
            return _wrapped(granted, launch, argv, passing_fd)
        enter.enter(granted, passing_fd=passing_fd, programs=walls.needed_by(argv[0]) if argv else ())
        return argv


def _wrapped(confinement: Confinement, launch: Launch, argv: Sequence[str], passing_fd: int) -> list[str]:
    if not argv:
        raise OSError(0, f"{confinement.tier.value} starts programs, and this plugin is none")
    if confinement.tier is Tier.SEATBELT:
        return seatbelt.profile(confinement, programs=argv[:1]).command(argv)
    enter.known_landlock()
    bubblewrap.found()
    bounds.limit(confinement.bounds, own_users=False)
    if held := placeholders.hold(confinement.shut, confinement.write):
        namespaces.stay(held, processes=False)
    return bubblewrap.command(confinement, argv, cwd=launch.cwd, passing_fd=passing_fd)


def _with_own(confinement: Confinement, launch: Launch, library: Sequence[str]) -> Confinement:
    """The plugin's code, its bytecode, its folder and its program can be read, whatever else was granted."""
    own = [*library, *launch.path, launch.package, launch.pycache]
    if launch.argv:
        program = Path(_found(launch.argv)[0])
        own += [str(program), str(program.resolve())]
        if (program.parent.parent / "pyvenv.cfg").exists():
            own += [str(program.parent.parent), str(program.resolve().parent.parent)]
    seen = (os.path.realpath(path) for path in own if path and os.path.exists(path))
    kept = [path for path in dict.fromkeys(seen) if not system.is_below(path, (*system.PROGRAMS, *confinement.write))]
    return msgspec.structs.replace(confinement, read=(*confinement.read, *kept))


def _found(argv: Sequence[str]) -> Sequence[str]:
    """With the program as an absolute path, where there is one."""
    return (os.path.abspath(shutil.which(argv[0]) or argv[0]), *argv[1:]) if argv else argv
