"""Descriptors beside the wire: over a unix socket, each group named by the call that it belongs to. Opens no file.

A message is a big-endian u32 length and a MessagePack array ``[call_id, n]``, with `n` descriptors attached to its
first byte. More than 16 descriptors go as several messages. They are sent before the Call, so whoever reads a Call
finds its descriptors waiting.
"""

import array
import os
import socket
from collections.abc import Sequence
from typing import Final

import msgspec

from pegboard_sdk.errors import FrameTruncated, ProtocolViolation

MOST_DESCRIPTORS: Final = 16
"""Descriptors in one message."""

PATIENCE_SECONDS: Final = 2.0
"""How long `take` waits for descriptors that were announced; they should be there already."""

HEADER_BYTES: Final = 4
MOST_BODY_BYTES: Final = 64
FD_BYTES: Final = array.array("i").itemsize

# Where the system has this flag, no child that another thread starts meanwhile can inherit what arrives.
RECEIVE_FLAGS: Final = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class _Group(msgspec.Struct, array_like=True, frozen=True):
    """The body of a message."""

    call_id: int
    n: int


_group_decoder: Final = msgspec.msgpack.Decoder(_Group)


def send_descriptors(sock: socket.socket, call_id: int, fds: Sequence[int]) -> None:
    """Pass copies of `fds` for a call; the caller keeps its own.

    Raises OSError when the other side is gone, BlockingIOError when a non-blocking socket takes no more for now (then
    nothing of the message that did not fit was sent).
    """
    for start in range(0, len(fds), MOST_DESCRIPTORS):
        group = fds[start : start + MOST_DESCRIPTORS]
        body = msgspec.msgpack.encode(_Group(call_id, len(group)))
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", group).tobytes())
        message = len(body).to_bytes(HEADER_BYTES, "big") + body
        sent = sock.sendmsg([message], [rights])
        if sent < len(message):
            sock.sendall(message[sent:])


class Inbox:
    """The receiving end: keeps descriptors by call until they are taken. Not for several threads at once.

    Owns the socket and every descriptor that was not taken.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._bytes = bytearray()
        self._loose: list[int] = []
        self._held: dict[int, list[int]] = {}
        sock.settimeout(PATIENCE_SECONDS)

    def take(self, call_id: int, count: int) -> list[int]:
        """The `count` descriptors of a call, in the order of their slots; the caller owns them.

        Calls come in the order of their ids, so those of earlier calls that were not taken are closed. Raises
        ProtocolViolation when other than that came, FrameTruncated when the socket ended before.
        """
        while len(self._held.get(call_id, ())) < count:
            self._receive(call_id)
        for earlier in [each for each in self._held if each < call_id]:
            _close(self._held.pop(earlier))
        fds = self._held.pop(call_id, [])
        if len(fds) != count:
            came = len(fds)
            _close(fds)
            raise ProtocolViolation(f"call {call_id} came with {came} descriptors and names {count}")
        return fds

    def close(self) -> None:
        """Close the socket and all that was not taken."""
        self._sock.close()
        _close(self._loose)
        for fds in self._held.values():
            _close(fds)
        self._held.clear()

    def _receive(self, call_id: int) -> None:
        room = socket.CMSG_SPACE(MOST_DESCRIPTORS * FD_BYTES)
        try:
            data, rights, flags, _ = self._sock.recvmsg(4096, room, RECEIVE_FLAGS)
        except TimeoutError:
            raise ProtocolViolation(f"the descriptors of call {call_id} did not come before it") from None
        for level, kind, payload in rights:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                whole = len(payload) - len(payload) % FD_BYTES
                self._loose.extend(array.array("i", payload[:whole]))
        if not data:
            raise FrameTruncated("the socket for descriptors ended")
        if flags & socket.MSG_CTRUNC:
            raise ProtocolViolation("descriptors were lost: too many in one message, or too many open")
        self._bytes += data
        while self._sorted():
            pass

    def _sorted(self) -> bool:
        """Move the descriptors of one complete message to their call."""
        if len(self._bytes) < HEADER_BYTES:
            return False
        end = HEADER_BYTES + int.from_bytes(self._bytes[:HEADER_BYTES], "big")
        if end > HEADER_BYTES + MOST_BODY_BYTES:
            raise ProtocolViolation(f"a message of {end} bytes on the socket for descriptors")
        if len(self._bytes) < end:
            return False
        try:
            group = _group_decoder.decode(bytes(self._bytes[HEADER_BYTES:end]))
        except msgspec.DecodeError as error:
            raise ProtocolViolation(f"a bad message on the socket for descriptors: {error}") from error
        if not 0 < group.n <= len(self._loose):
            raise ProtocolViolation(f"{group.n} descriptors named for call {group.call_id}, {len(self._loose)} came")
        del self._bytes[:end]
        self._held.setdefault(group.call_id, []).extend(self._loose[: group.n])
        del self._loose[: group.n]
        return True


def inbox_of(fd: int) -> Inbox:
    """The inbox of a unix socket that is known by its number; owns it."""
    return Inbox(socket.socket(fileno=fd))


def _close(fds: list[int]) -> None:
    while fds:
        os.close(fds.pop())
