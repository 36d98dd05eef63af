"""Who stands before the door of a session: the same person, by a process that nothing of ours started or confines."""

import os
import socket
import struct

from pegboard.sandbox.kin import is_kept_in
from pegboard_sdk.errors import PermissionDenied


def admit(connection: socket.socket) -> int:
    """The other end's process. Raises PermissionDenied for one that is not let in, OSError for one that is gone."""
    pid, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    if user != os.geteuid():
        raise PermissionDenied(f"process {pid} of user {user} wanted to attach; only this user's own may")
    if is_kept_in(pid):
        raise PermissionDenied(f"process {pid} wanted to attach; it is confined, or was started by this session")
    return int(pid)
