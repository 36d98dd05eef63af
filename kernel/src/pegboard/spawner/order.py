"""How an order for the spawner leaves the kernel: a message with descriptors, the launch in an unnamed file."""

import array
import fcntl
import os
import socket
import sys
from collections.abc import Sequence

from pegboard.commands.command import Command
from pegboard.spawner.messages import Launch, encoder


def rights_of(descriptors: Sequence[int]) -> "list[tuple[int, int, array.array[int]]]":
    """The ancillary data that passes these."""
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []


def send_now(channel: socket.socket, data: bytes, descriptors: Sequence[int]) -> None:
    """Send on a channel that still blocks: before there is an event loop. Raises OSError."""
    sent = channel.sendmsg([data], rights_of(descriptors))
    channel.sendall(data[sent:])


def file_of(launch: Launch | Command) -> int:
    """A descriptor of an unnamed file that holds what a process is to become; sealed. Raises OSError."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("launch", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    else:
        import tempfile  # noqa: PLC0415 - costs milliseconds, and Linux needs none

        descriptor, name = tempfile.mkstemp()
        os.unlink(name)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(encoder.encode(launch))
    if sys.platform == "linux":
        seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor
