"""What a forked child does to become a plugin. It runs between the fork and the first foreign code, and only there."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Final, Protocol

from pegboard.sandbox import calls, numbers
from pegboard.sandbox.starting import confine
from pegboard.spawner.messages import DEAF, Launch, launch_decoder
from pegboard_sdk import posix

PASSING_FD: Final = 3
"""Number of the descriptor socket in every plugin; `PEGBOARD_FD` says it."""

FAILED_TO_START: Final = 127


class Serve(Protocol):
    """Serves a plugin on descriptors, as the SDK's host does; the spawner is started with it, and imports none."""

    def __call__(self, entry: str, /, *, read_fd: int, write_fd: int, passing_fd: int, package_dir: str) -> int:
        """Returns the exit status."""


def prepare() -> None:
    """What every confined fork would otherwise do again: find C functions, read the table of system calls."""
    if sys.platform == "linux" and calls.machine() in numbers.AUDIT_ARCH:
        numbers.of(calls.machine())
        for name in ("syscall", "prctl", "mount", "umount2", "unshare"):
            calls.function(name)


def live(descriptors: list[int], library: list[str], spawner: int, serve: Serve) -> int:
    """Become what the last descriptor says; the others turn into 0, 1, 2 and `PASSING_FD`. Returns the exit status.

    `library` is the part of `sys.path` that belongs to Python itself, `spawner` the process that must still be alive.
    """
    launch = _read(descriptors[-1])
    _detach(launch.group)
    posix.become_subreaper()
    posix.die_with_parent(signal.SIGKILL)
    if os.getppid() != spawner:
        return FAILED_TO_START
    for number, descriptor in enumerate(descriptors[:-1]):
        os.dup2(descriptor, number)
    os.closerange(PASSING_FD + 1, os.sysconf("SC_OPEN_MAX"))
    _set_environment(launch.env | {"PEGBOARD_FD": str(PASSING_FD)})
    argv = confine(launch, library, passing_fd=PASSING_FD)
    try:
        os.chdir(launch.cwd)
        if argv:
            return _execute(argv)
    except OSError as error:
        return _fail(f"{' '.join(launch.argv[:1]) or launch.cwd}: {error.strerror}")
    return _host(launch, library, serve)


def _read(descriptor: int) -> Launch:
    size = os.fstat(descriptor).st_size
    return launch_decoder.decode(os.pread(descriptor, size, 0))


def _detach(group: int) -> None:
    signal.set_wakeup_fd(-1)
    for number in (*DEAF, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    if group:
        os.setpgid(0, group)
    else:
        os.setsid()


def _execute(argv: Sequence[str]) -> int:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execvp(argv[0], tuple(argv))


def _host(launch: Launch, library: list[str], serve: Serve) -> int:
    sys.dont_write_bytecode = True
    sys.pycache_prefix = launch.pycache
    sys.path[:] = [*library, *launch.path]
    sys.argv[:] = [launch.entry]
    return serve(launch.entry, read_fd=0, write_fd=1, passing_fd=PASSING_FD, package_dir=launch.package)


def _set_environment(wanted: dict[str, str]) -> None:
    """Changes only what differs from the spawner's: half a millisecond, and pages that stay shared."""
    for name in [name for name in os.environ if name not in wanted]:
        del os.environ[name]
    for name, value in wanted.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _fail(why: str) -> int:
    os.write(2, f"cannot start: {why}\n".encode())
    return FAILED_TO_START
