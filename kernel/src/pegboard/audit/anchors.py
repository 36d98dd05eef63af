"""Places outside our identity that keep checkpoints: a file of another user, the system's logs, a collector.

Each takes a line and is sure of it, or raises OSError. All of them block, for `TIMEOUT_S` at most a step.
"""

import os
import socket
import stat
from enum import Enum
from typing import Final

from msgspec import Struct

TIMEOUT_S: Final = 5.0


class Kind(Enum):
    """Where an anchor is."""

    FILE = "file"
    SYSLOG = "syslog"
    JOURNALD = "journald"
    HTTPS = "https"


class Anchor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`target` is a file's path, a URL, or another socket of the log. Without a `required` one nothing is done."""

    kind: Kind
    target: str = ""
    required: bool = False
    ca: str = ""
    """File with the certificates that a collector is trusted by; the system's when empty."""

    def __str__(self) -> str:
        return f"{self.kind.value} {self.target}".rstrip()


def put(anchor: Anchor, line: bytes) -> None:
    """Hand it a line. Raises OSError when it may not have arrived."""
    match anchor.kind:
        case Kind.FILE:
            append(anchor.target, line)
        case Kind.SYSLOG:  # facility authpriv, severity info
            _send(anchor.target or "/dev/log", b"<86>pegboard: " + line)
        case Kind.JOURNALD:
            fields = b"MESSAGE=%s\nPRIORITY=6\nSYSLOG_IDENTIFIER=pegboard\n" % line
            _send(anchor.target or "/run/systemd/journal/socket", fields)
        case Kind.HTTPS:
            _post(anchor.target, line, anchor.ca)


def append(path: str, line: bytes, *, secret: bool = False) -> None:
    """Add a line to a file of another user, which we may append to; a `secret` one also to none that we may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid == os.geteuid():
            raise PermissionError(f"{path}: not a file of another user; what you can rewrite proves nothing")
        if secret and os.access(path, os.R_OK):
            raise PermissionError(f"{path}: you can read it; a key is safe only where you can write and not read")
        if os.write(descriptor, line + b"\n") != len(line) + 1:
            raise OSError(f"{path}: took only a part of the line")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _send(path: str, datagram: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.settimeout(TIMEOUT_S)
        sender.sendto(datagram, path)


def _post(url: str, line: bytes, ca: str) -> None:
    """One request on a connection of its own: no redirect is followed, no proxy used, the certificate is checked."""
    import ssl  # noqa: PLC0415 - only who has a collector pays for these
    from http.client import HTTPException, HTTPSConnection  # noqa: PLC0415
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise OSError(f"{url}: a collector is an https URL")
    context = ssl.create_default_context(cafile=ca or None)
    connection = HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_S, context=context)
    try:
        connection.request("POST", parts.path or "/", body=line, headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read(1 << 16)
    except HTTPException as error:
        raise OSError(f"{url}: {error!r}") from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise OSError(f"{url}: status {answer.status}")
