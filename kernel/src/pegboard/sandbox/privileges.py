"""Giving up what root may do: identity, capabilities in every set, and the ways to get them back."""

import ctypes
import errno
import os
import struct
from typing import Final

from pegboard.sandbox import calls

SYS_ADMIN, _MOST = 21, 64
_SECURE: Final = 0b1110_0011
"""No capabilities for uid 0, none to be made ambient, none kept over a change of identity; all of it locked."""
_VERSION_3: Final = 0x20080522


def is_mighty() -> bool:
    """Whether this process may mount and make namespaces as it is. Raises OSError."""
    if os.geteuid() != 0:
        return False
    held = ctypes.create_string_buffer(24)
    calls.call("reading capabilities", calls.CAPSET[calls.machine()] - 1, struct.pack("=Ii", _VERSION_3, 0), held)
    return bool(struct.unpack_from("=I", held.raw)[0] >> SYS_ADMIN & 1)


def bound() -> None:
    """Lock the ways by which capabilities are gained; those that are held stay. Raises OSError."""
    calls.prctl("securebits", calls.PR_SET_SECUREBITS, _SECURE)
    for number in range(_MOST):
        try:
            calls.prctl("the bounding set", calls.PR_CAPBSET_DROP, number)
        except OSError as error:
            if error.errno != errno.EINVAL or number <= SYS_ADMIN:
                raise
            break
    calls.prctl("ambient capabilities", calls.PR_CAP_AMBIENT, calls.PR_CAP_AMBIENT_CLEAR_ALL)


def give_up(*, mighty: bool, user: int = -1, group: int = -1) -> None:
    """Take the identity, drop every capability, and gain nothing by executing a file. Raises OSError.

    `mighty` says that capabilities are held, here or in a user namespace of one's own; without, there are none to drop.
    A change of identity takes the parent's death signal away: set it again.
    """
    if mighty:
        bound()
    if user >= 0:
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    calls.call("dropping capabilities", calls.CAPSET[calls.machine()], struct.pack("=Ii", _VERSION_3, 0), bytes(24))
    calls.prctl("no_new_privs", calls.PR_SET_NO_NEW_PRIVS, 1)
