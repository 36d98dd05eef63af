"""The lock that makes one process the writer of a session. It is the kernel's (flock): it ends with the process."""

import os
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from pegboard.journal.failure import SessionBusy

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class Holder(Struct, frozen=True):
    """Who holds a lock; written into its file for those who come second."""

    pid: int
    program: str


def take(folder: Path, program: str) -> int:
    """Lock the session in `folder` for this process and return the descriptor that holds the lock; close it to end.

    Raises SessionBusy, which names the holder, at once when another process has it.
    """
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor)
    except OSError:
        holder, name = _holder(descriptor), folder.name
        os.close(descriptor)
        raise SessionBusy(f"session {name} is in use by {holder}; `peg attach {name}` joins it there") from None
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, msgspec.json.encode(Holder(os.getpid(), program)))
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _holder(descriptor: int) -> str:
    try:
        holder = msgspec.json.decode(os.pread(descriptor, 4096, 0), type=Holder)
    except (msgspec.DecodeError, UnicodeDecodeError, OSError):
        return "another process"
    return f"process {holder.pid} ({holder.program})"


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        # Beyond the text, which must stay readable for others: locks are mandatory there.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
