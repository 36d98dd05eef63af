"""What the kernel would open for a tool: grants of files, folders and commands, for tests. Nothing is judged here."""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from pegboard_sdk.wire.command import Cause, Order, Report, StepEnd, cut_order, encode_report
from pegboard_sdk.wire.methods import FileGrant, Plan


class GrantedCommand(Struct, frozen=True):
    """A command's plan and its two descriptors, which the board closes when the call has been sent."""

    plan: Plan
    control: int
    output: int


class Granted(Struct, frozen=True):
    """A grant and its descriptor, which the board closes when the call has been sent."""

    grant: FileGrant
    fd: int


def reading(path: Path) -> Granted:
    """A file, opened for reading."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    status = os.fstat(fd)
    return Granted(FileGrant(slot=0, path=path.name, access="read", device=status.st_dev, inode=status.st_ino), fd)


def writing(path: Path) -> Granted:
    """A name in its folder, whether it exists or not."""
    fd = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        status = os.stat(path.name, dir_fd=fd, follow_symlinks=False)
    except FileNotFoundError:
        return Granted(FileGrant(slot=0, path=path.name, access="write", name=path.name, exists=False), fd)
    grant = FileGrant(slot=0, path=path.name, access="write", name=path.name, device=status.st_dev, inode=status.st_ino)
    return Granted(grant, fd)


def listing(path: Path, exclude: tuple[str, ...] = ()) -> Granted:
    """A folder; `exclude` are gitignore patterns of what must not be shown."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    status = os.fstat(fd)
    grant = FileGrant(slot=0, path=path.name, access="list", device=status.st_dev, inode=status.st_ino, exclude=exclude)
    return Granted(grant, fd)


ENDED: Final = Report(cause=Cause.ENDED, ends=(StepEnd(program="scripted", status=0),))


def commanding(text: str, output: bytes = b"", report: Report = ENDED, *, hangs: bool = False) -> GrantedCommand:
    """A command that runs nothing: once ordered it writes `output` and ends with `report`.

    One that `hangs` ends only when it is killed or its time is over. `text` is the script of its plan.
    """
    ours, theirs = socket.socketpair()
    source, target = os.pipe()
    threading.Thread(target=_play, args=(ours, target, output, report, hangs), daemon=True).start()
    return GrantedCommand(Plan(script=text), theirs.detach(), source)


def _play(control: socket.socket, target: int, output: bytes, report: Report, hangs: bool) -> None:  # noqa: FBT001
    with control, open(target, "wb", buffering=0) as writing_end, suppress(OSError):
        order = _ordered(control)
        if order is None:
            return
        while output:
            output = output[writing_end.write(output) or 0 :]
        if hangs:
            report = Report(cause=_end_of(control, order))
        control.sendall(encode_report(report))


def _ordered(control: socket.socket) -> Order | None:
    said = b""
    while piece := control.recv(1 << 10):
        said += piece
        if cut := cut_order(said):
            return cut[0]
    return None


def _end_of(control: socket.socket, order: Order) -> Cause:
    control.settimeout(order.timeout_s or None)
    try:
        control.recv(1)
    except TimeoutError:
        return Cause.TIMED_OUT
    finally:
        control.settimeout(None)
    return Cause.KILLED
