"""Takes file descriptors 0 and 1 for the wire, so that nothing a plugin prints can reach it. No frames here.

Call it before the plugin's code is imported: whatever that code prints, writes to descriptor 1 or lets a child process
print, then lands on standard error, and whatever it reads from standard input is empty.
"""

import os
import sys
from typing import Final

FIRST_PRIVATE: Final = 3
"""Descriptors below are standard ones, which child processes are given."""


def claim(read_fd: int = 0, write_fd: int = 1) -> tuple[int, int]:
    """The wire's two ends on private descriptors that no child inherits; 0 and 1 are made harmless.

    The caller owns what is returned. Descriptors that are private already stay what they are.
    """
    channel = _private(read_fd), _private(write_fd)
    _replace(0, os.open(os.devnull, os.O_RDONLY))
    _replace(1, _standard_error())
    if sys.stdout is not None and hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    return channel


def _private(fd: int) -> int:
    if fd >= FIRST_PRIVATE:
        os.set_inheritable(fd, False)  # noqa: FBT003 - positional-only
        return fd
    copies = [os.dup(fd)]
    while copies[-1] < FIRST_PRIVATE:
        copies.append(os.dup(fd))
    for copy in copies[:-1]:
        os.close(copy)
    return copies[-1]


def _standard_error() -> int:
    try:
        return os.dup(2)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


def _replace(fd: int, by: int) -> None:
    if by != fd:
        os.dup2(by, fd)
        os.close(by)
    else:
        os.set_inheritable(fd, True)  # noqa: FBT003 - positional-only
