"""Landlock: which files a process may open, which ports it may reach, whom it may signal. It can only be added to.

Whatever the running kernel knows of it is used (`abi`); what it does not know, others must wall off.
"""

import errno
import os
import stat
import struct
from collections.abc import Iterable, Sequence
from typing import Final

from pegboard.sandbox import calls

EXECUTE: Final = 1 << 0
READ: Final = 1 << 2 | 1 << 3
"""Files and folders."""
WRITE: Final = READ | sum(1 << bit for bit in (1, 4, 5, 7, 8, 9, 10, 12, 13, 14))
"""Write, remove, make, move and truncate, but no device nodes; what may be written may be read."""
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
DEVICE: Final = 1 << 1 | 1 << 2 | _TRUNCATE | _IOCTL_DEV
_OF_FILES: Final = EXECUTE | DEVICE
_FIRST: Final = (1 << 13) - 1
_BIND, _CONNECT = 1, 2
_ABSTRACT_SOCKETS, _SIGNALS = 1, 2

ABI_OF_PORTS: Final = 4
ABI_OF_SCOPES: Final = 6

_VERSION: Final = 1
_PATH, _PORT = 1, 2


def abi() -> int:
    """The version of the running kernel; 0 where there is none, or where it is switched off."""
    try:
        return calls.call("Landlock", calls.LANDLOCK_CREATE_RULESET, None, 0, _VERSION)
    except OSError as error:
        if error.errno in {errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}:
            return 0
        raise


def restrict(paths: Iterable[tuple[str | int, int]], *, ports: Sequence[int] | None, version: int) -> None:
    """Allow this process, and all that it starts, these rights below these paths, and no other; for ever.

    `ports` are those that TCP may connect to, none may be listened on; None leaves TCP alone. Needs no_new_privs.
    A path may be an open descriptor, which is closed then. Raises OSError, half done: also where a path is missing, and
    where `version` is 0.
    """
    handled = _handled(version)
    attributes = struct.pack("=Q", handled)
    if version >= ABI_OF_PORTS:
        attributes += struct.pack("=Q", 0 if ports is None else _BIND | _CONNECT)
    if version >= ABI_OF_SCOPES:
        attributes += struct.pack("=Q", _ABSTRACT_SOCKETS | _SIGNALS)
    rules = calls.call("Landlock", calls.LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    for path, rights in paths:
        _allow(rules, path, rights & handled)
    for port in ports or () if version >= ABI_OF_PORTS else ():
        rule = struct.pack("=QQ", _CONNECT, port)
        calls.call(f"Landlock for port {port}", calls.LANDLOCK_ADD_RULE, rules, _PORT, rule, 0)
    calls.call("Landlock", calls.LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)


def around(root: str, holes: Iterable[str]) -> list[str]:
    """What of `root` can be allowed so that no hole is: rules only add, so the folders above a hole stay closed.

    Links are left out: a rule would hold for what they lead to.
    """
    inside = [hole for hole in holes if hole == root or hole.startswith(root.rstrip("/") + "/")]
    if not inside:
        return [root]
    if root in inside or not os.path.isdir(root):
        return []
    with os.scandir(root) as entries:
        return [path for entry in entries if not entry.is_symlink() for path in around(entry.path, inside)]


def _handled(version: int) -> int:
    since = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV))
    return _FIRST | sum(right for first, right in since if version >= first)


def _allow(rules: int, path: str | int, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC) if isinstance(path, str) else path
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        rights &= _OF_FILES
    rule = struct.pack("=Qi", rights, descriptor)
    calls.call(f"Landlock for {path}", calls.LANDLOCK_ADD_RULE, rules, _PATH, rule, 0)
    os.close(descriptor)
