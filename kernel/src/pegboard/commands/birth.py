"""What a forked child of the spawner does to become a command's supervisor, and the runner below it. Both may be made
ahead of their command, and wait for it."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final, NoReturn

from pegboard.commands.command import Command, command_decoder
from pegboard.commands.runner import begin
from pegboard.commands.supervisor import Supervisor
from pegboard.sandbox.confinement import Confinement, Tier
from pegboard.sandbox.enter import Foundation, fits, fork_ahead
from pegboard_sdk import posix

FAILED: Final = 1
STANDARD: Final = 2
"""The last of the descriptors that every process has."""

IDLE_S: Final = 5.0
"""How long a supervisor waits for a command."""

HERE: Final = b"C"
"""Comes with the descriptors of a command."""

FREE: Final = b"F"
"""A supervisor's word that its command has ended, and that nothing is left of it."""

SUPERVISORS: Final = 5
RUNNERS: Final = 4


def live(channel: socket.socket, spawner: int) -> NoReturn:
    """Be the supervisor of the commands that come over `channel`, one after another; end when none comes.

    One comes as control socket, output, workspace, leash, and a file that holds the `Command`. The next is likely to
    have the same room, whose foundation is laid meanwhile. `spawner` is the process that must still be alive. Nothing
    else of the spawner's stays open but its standard descriptors.
    """
    status = FAILED
    try:
        signal.set_wakeup_fd(-1)
        os.setsid()
        posix.become_subreaper()
        _keep_only((channel.fileno(),))
        wake = _bell()
        posix.die_with_parent(signal.SIGCHLD)  # no death: it rings the bell
        likely: Confinement | None = None
        is_free = True
        while is_free and os.getppid() == spawner:
            runner, line = _make_runner(likely)
            with line:
                descriptors = _awaited(channel)
                if not descriptors:
                    break
                likely, is_free = _serve(descriptors, likely, (runner, line), wake=wake, spawner=spawner)
            if is_free:
                channel.send(FREE)
        status = 0
    except ConnectionError:
        status = 0  # the spawner is gone
    except BaseException:
        sys.excepthook(*sys.exc_info())  # last words; the plugin sees LOST
        raise
    finally:
        os._exit(status)


def _serve(
    descriptors: list[int], likely: Confinement | None, waiting: tuple[int, socket.socket], *, wake: int, spawner: int
) -> tuple[Confinement | None, bool]:
    """Supervise one command to its end: its room, and whether nothing at all of it is left."""
    control, output, workspace, leash, command = descriptors
    runner, line = waiting
    room = _read(command).room
    if likely is not None and not _is_built_for(likely, room, runner):
        runner, line = _replaced(runner, line)
    socket.send_fds(line, [HERE], [output, workspace, leash, command])
    for each in (output, workspace, command):
        os.close(each)
    with line, socket.socket(fileno=control) as plugin, socket.socket(fileno=leash) as held:
        supervisor = Supervisor(control=plugin, leash=held, line=line, wake=wake, runner=runner, parent=spawner)
        return room, supervisor.run()


def _make_runner(likely: Confinement | None) -> tuple[int, socket.socket]:
    """Its process and the line to it."""
    line, theirs = socket.socketpair()
    runner, lay = _forked(likely)
    if runner == 0:
        _run(theirs, lay)
    theirs.close()
    return runner, line


def _forked(likely: Confinement | None) -> tuple[int, Callable[[], Foundation] | None]:
    """A child, and what it may do ahead; where that cannot be had, it makes its room when it is needed."""
    if likely is not None and likely.tier is Tier.FORKED and likely.scratch:
        with suppress(OSError):
            return fork_ahead(likely)
    return os.fork(), None


def _is_built_for(likely: Confinement, room: Confinement | None, runner: int) -> bool:
    """Whether the runner that waits lives, and on a foundation for this room."""
    return room is not None and os.waitpid(runner, os.WNOHANG)[0] == 0 and fits(likely, room)


def _replaced(runner: int, line: socket.socket) -> tuple[int, socket.socket]:
    """Another runner in the place of one that waits on the wrong foundation."""
    line.close()
    with suppress(ChildProcessError, ProcessLookupError):
        os.kill(runner, signal.SIGKILL)
        os.waitpid(runner, 0)
    return _make_runner(None)


def _run(line: socket.socket, lay: Callable[[], Foundation] | None) -> NoReturn:
    """It may be the first process of its namespace, so it is from the line that it knows whether its parent lives."""
    status = FAILED
    output = STANDARD
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        posix.die_with_parent(signal.SIGKILL)
        _keep_only((line.fileno(),))
        laid = _laid(lay) if lay else None
        if descriptors := _received(line, RUNNERS):
            output, workspace, leash, command = descriptors
            begin(_read(command), line=line, workspace=workspace, output=output, passing=leash, laid=laid)
        status = 0
    except Exception as error:  # noqa: BLE001 - nothing runs without its room, and whatever is wrong is said
        os.write(output, f"the command was not started: {error}\n".encode(errors="replace"))
    finally:
        os._exit(status)


def _laid(lay: Callable[[], Foundation]) -> Foundation:
    """Nobody hears what goes wrong here: without a runner the command gets another, which says it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, STANDARD)
    os.close(null)
    return lay()


def _awaited(channel: socket.socket) -> list[int]:
    """The descriptors of a command; empty when none comes, and then none can be lost on the way."""
    channel.settimeout(IDLE_S)
    try:
        return _received(channel, SUPERVISORS)
    except TimeoutError:
        channel.shutdown(socket.SHUT_RD)
        return _received(channel, SUPERVISORS)


def _received(channel: socket.socket, count: int) -> list[int]:
    """So many descriptors, none of which programs inherit; empty when the other side is gone."""
    word, descriptors, _, _ = socket.recv_fds(channel, 1, count)
    for each in descriptors:
        os.set_inheritable(each, False)  # noqa: FBT003 - positional-only
    return descriptors if word and len(descriptors) == count else []


def _read(descriptor: int) -> Command:
    return command_decoder.decode(os.pread(descriptor, os.fstat(descriptor).st_size, 0))


def _keep_only(descriptors: Collection[int]) -> None:
    last = STANDARD
    for each in sorted(descriptors):
        os.closerange(last + 1, each)
        last = each
    os.closerange(last + 1, os.sysconf("SC_OPEN_MAX"))


def _bell() -> int:
    """A descriptor that becomes readable when a child dies, or the parent."""
    wake, bell = os.pipe()
    for each in (wake, bell):
        os.set_blocking(each, False)
    signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    return wake
