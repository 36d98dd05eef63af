"""What the kernel and the spawner say to each other, and how it is cut from a byte stream with descriptors.

The spawner never reads a `Launch`: it passes the descriptor on, and only the new process reads what it is to become. So
nothing that one plugin is given stays in memory that the next one inherits.
"""

import signal
from typing import Final

import msgspec
from msgspec import Struct

from pegboard.sandbox.confinement import Confinement

LENGTH_BYTES: Final = 4
MOST_DESCRIPTORS: Final = 250
"""Descriptors taken in one read; Linux allows 253 in a message."""

DEAF: Final = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP, signal.SIGTTIN,
               signal.SIGTTOU)  # fmt: skip
"""Signals that the spawner never hears; what it starts does."""


class Start(Struct, array_like=True, frozen=True, tag=1):
    """Start a process. Comes with `DESCRIPTORS`: standard input, output and error, passing socket, `Launch`."""

    id: int


class Supervise(Struct, array_like=True, frozen=True, tag=6):
    """Start the supervisor of a command. With `DESCRIPTORS`: control socket, output, workspace, leash, `Command`."""

    id: int


class Signal(Struct, array_like=True, frozen=True, tag=2):
    """Send a signal to the process and its group."""

    id: int
    number: int


class Started(Struct, array_like=True, frozen=True, tag=3):
    """The process exists."""

    id: int
    pid: int


class Refused(Struct, array_like=True, frozen=True, tag=4):
    """The process could not be made."""

    id: int
    why: str


class Ended(Struct, array_like=True, frozen=True, tag=5):
    """The process is gone and reaped: its exit status, or minus the signal that ended it."""

    id: int
    status: int


Message = Start | Supervise | Signal | Started | Refused | Ended

DESCRIPTORS: Final = 5


class Launch(Struct, frozen=True, kw_only=True):
    """What a new process becomes: a program (`argv`), or the host of the plugin at `entry`."""

    env: dict[str, str]
    cwd: str
    argv: tuple[str, ...] = ()
    entry: str = ""
    package: str = ""
    path: tuple[str, ...] = ()
    pycache: str = ""
    group: int = 0
    """The process group to join, for a front-end; 0 means a session of its own."""
    confinement: Confinement | None = None
    """Applied before foreign code runs; None leaves it all of the user's rights."""


encoder: Final = msgspec.msgpack.Encoder()
launch_decoder: Final = msgspec.msgpack.Decoder(Launch)
_decoder: Final[msgspec.msgpack.Decoder[Message]] = msgspec.msgpack.Decoder(Message)


def framed(message: Message) -> bytes:
    """The bytes of a message."""
    body = encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class Inbox:
    """Cuts what was read into messages; descriptors arrive in the order of the messages that carry them."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._descriptors: list[int] = []

    def feed(self, data: bytes, descriptors: list[int]) -> list[tuple[Message, list[int]]]:
        """The messages that are complete, each with its descriptors, which the caller then owns."""
        self._buffer += data
        self._descriptors += descriptors
        complete: list[tuple[Message, list[int]]] = []
        while len(self._buffer) >= LENGTH_BYTES:
            end = LENGTH_BYTES + int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
            if len(self._buffer) < end:
                break
            message = _decoder.decode(self._buffer[LENGTH_BYTES:end])
            count = DESCRIPTORS if isinstance(message, Start | Supervise) else 0
            complete.append((message, self._descriptors[:count]))
            del self._buffer[:end], self._descriptors[:count]
        return complete
