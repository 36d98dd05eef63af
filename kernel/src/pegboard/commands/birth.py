"""What a forked child of the spawner does to become a command's supervisor, and the runner below it."""

import os
import signal
import socket
import sys
from collections.abc import Collection
from typing import Final, NoReturn

from pegboard.commands.command import Command, command_decoder
from pegboard.commands.runner import begin
from pegboard.commands.supervisor import Supervisor
from pegboard_sdk import posix

FAILED: Final = 1
STANDARD: Final = 2
"""The last of the descriptors that every process has."""


def live(descriptors: list[int], spawner: int) -> NoReturn:
    """Be the supervisor of the command that the last descriptor holds, until it is over.

    The others are the control socket, the output, the workspace and the leash; `spawner` is the process that must still
    be alive. Nothing else of the spawner's stays open but its standard descriptors.
    """
    status = FAILED
    try:
        signal.set_wakeup_fd(-1)
        control, _, _, leash, _ = descriptors
        os.setsid()
        posix.become_subreaper()
        line, theirs = socket.socketpair()
        parent = os.getpid()
        runner = os.fork()  # at once: making its room takes time
        if runner == 0:
            _run(descriptors, parent, theirs)
        _keep_only((control, leash, line.fileno()))
        theirs.detach()
        wake = _bell()
        posix.die_with_parent(signal.SIGCHLD)  # no death: it rings the bell
        if os.getppid() == spawner:
            ends = {"control": socket.socket(fileno=control), "leash": socket.socket(fileno=leash), "line": line}
            Supervisor(**ends, wake=wake, runner=runner, parent=spawner).run()
            status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())  # last words; the plugin sees LOST
        raise
    finally:
        os._exit(status)


def _run(descriptors: list[int], supervisor: int, line: socket.socket) -> NoReturn:
    _, output, workspace, leash, command = descriptors
    status = FAILED
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        posix.die_with_parent(signal.SIGKILL)
        _keep_only((line.fileno(), output, workspace, leash, command))
        if os.getppid() == supervisor:
            begin(_taken(command), line=line, workspace=workspace, output=output, passing=leash)
        status = 0
    except Exception as error:  # noqa: BLE001 - nothing runs without its room, and whatever is wrong is said
        os.write(output, f"the command was not started: {error}\n".encode(errors="replace"))
    finally:
        os._exit(status)


def _taken(descriptor: int) -> Command:
    with open(descriptor, "rb", buffering=0) as file:
        return command_decoder.decode(os.pread(descriptor, os.fstat(file.fileno()).st_size, 0))


def _keep_only(descriptors: Collection[int]) -> None:
    """Close all others, and pass none on to programs."""
    last = STANDARD
    for each in sorted(descriptors):
        os.set_inheritable(each, False)  # noqa: FBT003 - positional-only
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
