"""Reads the server's name out of the beginning of a TLS connection. Pure; hostile bytes are an answer, not an error."""

from enum import Enum
from typing import Final

MOST_BYTES: Final = 1 << 14
"""Of a hello with all its records; today's are below 2 KiB."""
_HANDSHAKE: Final = 22


class Sort(Enum):
    """What a beginning is, where it holds no name."""

    MORE = "more"
    """Nobody can say yet."""
    NO_TLS = "no TLS"
    UNNAMED = "unnamed"
    BROKEN = "broken"


def read_hello(data: bytes) -> Sort | str:
    """What the first bytes of a client are: the name that they ask for, or why there is none."""
    if not data or data[0] != _HANDSHAKE:
        return Sort.NO_TLS if data else Sort.MORE
    hello, at = b"", 0
    while data[at : at + 1] == b"\x16" and len(data) >= at + 5:  # one record after another
        size = int.from_bytes(data[at + 3 : at + 5])
        hello, at = hello + data[at + 5 : at + 5 + size], at + 5 + size
    body, after = _block(hello[1:], 3)
    if hello[:1] not in (b"", b"\x01") or len(data) > MOST_BYTES:
        return Sort.BROKEN
    if after is None:
        return Sort.MORE if at >= len(data) or len(data) < at + 5 else Sort.BROKEN
    return _name(body)


def _name(body: bytes) -> Sort | str:
    rest: bytes | None = body[34:]
    for width in (1, 2, 1):  # session, ciphers, compressions
        rest = _block(rest or b"", width)[1]
    extensions = _block(rest, 2)[0] if rest else b""
    while extensions:
        content, after = _block(extensions[2:], 2)
        if after is None:
            return Sort.BROKEN
        if extensions[:2] == b"\0\0":
            name, more = _block(content[3:], 2)
            return name.decode() if more == b"" and content[2] == 0 and name.isascii() else Sort.BROKEN
        extensions = after
    return Sort.UNNAMED if rest is not None else Sort.BROKEN


def _block(data: bytes, width: int) -> tuple[bytes, bytes | None]:
    """What stands after its own length, and what follows it; None where it is not there whole."""
    end = width + int.from_bytes(data[:width])
    return data[width:end], data[end:] if len(data) >= max(end, width) else None
